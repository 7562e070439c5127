//! Whether a value can be absent, and how to tell.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// Tells an absent value (`None`) from a present one.
pub struct Absent<V> {
    /// Nothing if there is no absent value.
    pub(crate) tells: Option<fn(&dyn Any) -> bool>,
    of: PhantomData<fn(&V)>,
}

impl<V> Absent<V> {
    /// There is no absent value.
    pub const fn never() -> Self {
        Self {
            tells: None,
            of: PhantomData,
        }
    }
}

impl<T: 'static> Absent<Option<T>> {
    /// `None` is absent.
    pub const fn none() -> Self {
        Self {
            tells: Some(|value| value.downcast_ref().is_some_and(Option::<T>::is_none)),
            of: PhantomData,
        }
    }
}

/// Asks whether a value can be absent; `V` is the stored type.
#[derive(Debug)]
pub struct AbsentProbe<V>(AbsentFallback<V>);

/// What [`AbsentProbe`] answers for everything but an `Option`.
#[derive(Debug)]
pub struct AbsentFallback<V>(PhantomData<fn() -> V>);

impl<V> AbsentProbe<V> {
    /// The question.
    pub const fn new() -> Self {
        Self(AbsentFallback(PhantomData))
    }
}

impl<T: 'static> AbsentProbe<Option<T>> {
    /// `None` is absent.
    pub const fn absent(&self) -> Absent<Option<T>> {
        Absent::none()
    }

    /// There is a `None`.
    pub const fn answer(&self) -> Optional {
        Optional
    }
}

impl<V> AbsentFallback<V> {
    /// Nothing is absent.
    pub const fn absent(&self) -> Absent<V> {
        Absent::never()
    }

    /// There is always a value.
    pub const fn answer(&self) -> NeverAbsent {
        NeverAbsent
    }
}

impl<V> Deref for AbsentProbe<V> {
    type Target = AbsentFallback<V>;

    fn deref(&self) -> &AbsentFallback<V> {
        &self.0
    }
}

/// The answer: there is a `None`.
#[derive(Debug, Clone, Copy)]
pub struct Optional;

/// The answer: there is always a value.
#[derive(Debug, Clone, Copy)]
pub struct NeverAbsent;

/// What `none_ttl` can be said about.
#[diagnostic::on_unimplemented(
    message = "`none_ttl` is for functions that return an `Option`, or a `Result` of one",
    label = "this is never `None`",
    note = "remove `none_ttl` from the attribute"
)]
pub trait MayBeAbsent {}

impl MayBeAbsent for Optional {}

/// Refuses `none_ttl` on what is never absent.
pub const fn require_absent<A: MayBeAbsent>(_answer: &A) {}

impl<V> Clone for Absent<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Absent<V> {}

impl<V> fmt::Debug for Absent<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.tells.is_some() {
            "none"
        } else {
            "never"
        };
        f.debug_tuple("Absent").field(&name).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = Option<u8>;

    #[test]
    fn only_an_option_can_be_absent() {
        let tells = AbsentProbe::<Found>::new().absent().tells.expect("a way");
        assert!(tells(&Found::None));
        assert!(!tells(&Found::Some(7)));
        assert!(!tells(&7_u8), "it is of another type");

        assert!(AbsentProbe::<u8>::new().absent().tells.is_none());
    }
}
