//! Whether a value can be copied within this process, and how, for those who do not know its type.

use std::any::{Any, TypeId};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::answered::Answered;
use super::copy::{Label, LocalCopy};

/// Whether values can be cloned.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Copying {
    ByClone(&'static dyn ByClone),
    No,
}

/// What is to be known of a type to make copies of its values. An object: the compiler describes to
/// the debugger all that a function could come to by what it holds, and what a copy is would be
/// described with each.
pub(crate) trait ByClone: fmt::Debug + Sync {
    /// Of which type a copy has to be that such a value can be cloned out of.
    fn of(&self) -> TypeId;

    /// Copies a value that was read from this key; the label again if it is of another type.
    fn copy(
        &self,
        value: &dyn Any,
        key: &[u8],
        read: &Answered,
        label: Label,
    ) -> Result<Arc<LocalCopy>, Label>;
}

/// What knows the type.
struct Cloner<V>(PhantomData<fn() -> V>);

/// How what a copy holds becomes a caller's own, if it can.
pub(crate) type CloneOut<V> = Option<fn(&dyn Any) -> Option<V>>;

impl Copying {
    /// Values of this type are cloned.
    pub(crate) const fn by_clone<V: Clone + Send + Sync + 'static>() -> Self {
        Self::ByClone(const { &Cloner::<V>(PhantomData) })
    }

    /// A copy of what was read from this key; the label again if it cannot be cloned.
    pub(crate) fn copy(
        self,
        value: &dyn Any,
        key: &[u8],
        read: &Answered,
        label: Label,
    ) -> Result<Arc<LocalCopy>, Label> {
        match self {
            Self::ByClone(by_clone) => by_clone.copy(value, key, read, label),
            Self::No => Err(label),
        }
    }
}

impl<V: Clone + Send + Sync + 'static> ByClone for Cloner<V> {
    fn of(&self) -> TypeId {
        TypeId::of::<V>()
    }

    fn copy(
        &self,
        value: &dyn Any,
        key: &[u8],
        read: &Answered,
        label: Label,
    ) -> Result<Arc<LocalCopy>, Label> {
        match value.downcast_ref::<V>() {
            Some(value) => Ok(LocalCopy::of_value(key, read, label, value.clone())),
            None => Err(label),
        }
    }
}

impl<V> fmt::Debug for Cloner<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cloner")
    }
}
