//! The first that is said of a call, and the questions about the type of its value that this takes.
//!
//! They are asked all at once: whether a value can be absent, and whether it can be cloned. Each
//! question of its own would be a million instructions of the compiler more for each function.

use std::marker::PhantomData;
use std::ops::Deref;

use crate::__private::Draft;
use crate::cache::Declaration;
use crate::cache::probe::{Absent, Cloning};
use crate::key::CacheKey;

/// Begins a [`Draft`]; `V` is the stored type. What it says itself is for an `Option` that can be
/// cloned.
#[derive(Debug)]
pub struct Drafting<V>(AnyOption<V>);

/// What [`Drafting`] is for any other `Option`.
#[derive(Debug)]
pub struct AnyOption<V>(Cloneable<V>);

/// What [`Drafting`] is for a value that is no `Option` and can be cloned.
#[derive(Debug)]
pub struct Cloneable<V>(Value<V>);

/// What [`Drafting`] is for any other value.
#[derive(Debug)]
pub struct Value<V>(PhantomData<fn() -> V>);

impl<V> Drafting<V> {
    /// The beginning.
    #[inline]
    pub const fn new() -> Self {
        Self(AnyOption(Cloneable(Value(PhantomData))))
    }
}

// The declaration comes last, and what goes before it is constant: whatever is worked out while
// there is a declaration would have to drop it should it panic, which each function and each type
// would say anew.

impl<T> Drafting<Option<T>>
where
    Option<T>: Clone + Send + Sync + 'static,
{
    /// A call with these arguments of the cache that is declared like this.
    #[inline]
    pub fn draft(&self, arguments: &[&dyn CacheKey], spec: Declaration) -> Draft<Option<T>> {
        Draft::new(
            const { Absent::none() },
            const { Cloning::by_clone() },
            arguments,
            spec,
        )
    }
}

impl<T: 'static> AnyOption<Option<T>> {
    /// A call with these arguments of the cache that is declared like this.
    #[inline]
    pub fn draft(&self, arguments: &[&dyn CacheKey], spec: Declaration) -> Draft<Option<T>> {
        Draft::new(
            const { Absent::none() },
            const { Cloning::none() },
            arguments,
            spec,
        )
    }
}

impl<V: Clone + Send + Sync + 'static> Cloneable<V> {
    /// A call with these arguments of the cache that is declared like this.
    #[inline]
    pub fn draft(&self, arguments: &[&dyn CacheKey], spec: Declaration) -> Draft<V> {
        Draft::new(
            const { Absent::never() },
            const { Cloning::by_clone() },
            arguments,
            spec,
        )
    }
}

impl<V> Value<V> {
    /// A call with these arguments of the cache that is declared like this.
    #[inline]
    pub fn draft(&self, arguments: &[&dyn CacheKey], spec: Declaration) -> Draft<V> {
        Draft::new(
            const { Absent::never() },
            const { Cloning::none() },
            arguments,
            spec,
        )
    }
}

impl<V> Deref for Drafting<V> {
    type Target = AnyOption<V>;

    fn deref(&self) -> &AnyOption<V> {
        &self.0
    }
}

impl<V> Deref for AnyOption<V> {
    type Target = Cloneable<V>;

    fn deref(&self) -> &Cloneable<V> {
        &self.0
    }
}

impl<V> Deref for Cloneable<V> {
    type Target = Value<V>;

    fn deref(&self) -> &Value<V> {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::any::{Any, TypeId};
    use std::time::Duration;

    use super::*;
    use crate::cache::local::Copying;
    use crate::cache::{CacheSpec, Ttl};

    struct NotClone;

    /// What is absent lives for another time.
    const SPEC: CacheSpec =
        CacheSpec::new("users", Ttl::NEVER).none_ttl(Ttl::after(Duration::from_secs(1)));

    fn spec() -> Declaration {
        Declaration::written(&SPEC)
    }

    /// Whether this value is absent, and of which type a copy has to be that it is cloned out of.
    fn said<V>(draft: &Draft<V>, value: &dyn Any) -> (bool, Option<TypeId>) {
        let judge = draft.judge();
        let copies = match judge.copying() {
            Copying::ByClone(by_clone) => Some(by_clone.of()),
            Copying::No => None,
        };
        (judge.ttl_of_loaded(&SPEC, value) == SPEC.none_ttl, copies)
    }

    #[test]
    fn an_option_can_be_absent() {
        let draft = Drafting::<Option<u8>>::new().draft(&[], spec());
        let cloned = Some(TypeId::of::<Option<u8>>());
        assert_eq!(said(&draft, &None::<u8>), (true, cloned));
        assert_eq!(said(&draft, &Some(7_u8)), (false, cloned));

        let draft = Drafting::<Option<NotClone>>::new().draft(&[], spec());
        assert_eq!(said(&draft, &None::<NotClone>), (true, None));
        assert_eq!(said(&draft, &Some(NotClone)), (false, None));
    }

    #[test]
    fn any_other_value_is_there() {
        let draft = Drafting::<u8>::new().draft(&[], spec());
        assert_eq!(said(&draft, &7_u8), (false, Some(TypeId::of::<u8>())));

        let draft = Drafting::<NotClone>::new().draft(&[], spec());
        assert_eq!(said(&draft, &NotClone), (false, None));
    }

    #[test]
    fn a_generic_function_gets_the_answer_of_its_own_bounds() {
        fn copies<V: Clone + Send + Sync + 'static>() -> bool {
            let draft = Drafting::<V>::new().draft(&[], spec());
            matches!(draft.judge().copying(), Copying::ByClone(_))
        }
        fn does_not<V>() -> bool {
            let draft = Drafting::<V>::new().draft(&[], spec());
            matches!(draft.judge().copying(), Copying::ByClone(_))
        }
        assert!(copies::<u8>());
        assert!(!does_not::<u8>());
    }
}
