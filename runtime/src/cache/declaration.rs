//! A declaration as calls carry it: where it stands, and not all of it.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::local::Form;
use super::spec::CacheSpec;

/// A [`CacheSpec`] that many calls share, and the types that its values have, as far as they tell
/// one cache from another of the same declaration.
#[derive(Clone)]
pub struct Declaration {
    spec: Shared,
    fingerprint: u64,
}

#[derive(Clone)]
enum Shared {
    /// It is a part of the program, as attributes write it.
    Written(&'static CacheSpec),
    /// It was made while the program ran.
    Made(Arc<CacheSpec>),
}

impl Declaration {
    /// One that is a part of the program.
    #[must_use]
    pub const fn written(spec: &'static CacheSpec) -> Self {
        Self {
            fingerprint: spec.fingerprint_of_type(),
            spec: Shared::Written(spec),
        }
    }

    /// One that was made while the program ran.
    #[must_use]
    pub fn made(spec: CacheSpec) -> Self {
        Self {
            fingerprint: spec.fingerprint_of_type(),
            spec: Shared::Made(Arc::new(spec)),
        }
    }

    /// One that differs in this.
    #[must_use]
    pub(crate) fn changed(self, change: impl FnOnce(CacheSpec) -> CacheSpec) -> Self {
        let spec = change(*self.spec());
        Self {
            spec: Shared::Made(Arc::new(spec)),
            ..self
        }
    }

    /// Instances of a generic function with other types never read each other's values.
    #[must_use]
    pub const fn type_arguments(mut self, types: u64) -> Self {
        self.fingerprint ^= types;
        self
    }

    /// The same, of values of this type.
    #[must_use]
    pub fn of_values<V>(mut self) -> Self {
        if std::any::type_name::<V>().starts_with("core::option::Option<") {
            self.fingerprint = self.spec().of_options().fingerprint_of_type();
        }
        self
    }

    /// How its values are written.
    pub(crate) fn form(&self) -> Form {
        Form {
            codec: self.codec,
            fingerprint: self.fingerprint,
        }
    }

    /// Stands for the type of its values; 0 if they are read by the names of their fields.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    fn spec(&self) -> &CacheSpec {
        match &self.spec {
            Shared::Written(spec) => spec,
            Shared::Made(spec) => spec,
        }
    }
}

impl Deref for Declaration {
    type Target = CacheSpec;

    #[inline]
    fn deref(&self) -> &CacheSpec {
        self.spec()
    }
}

impl fmt::Debug for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec().fmt(f)
    }
}
