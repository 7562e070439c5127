//! The first that is said of errors, and the question about their type that this takes: whether an
//! error can be handed to other callers.

use std::marker::PhantomData;
use std::ops::Deref;

use crate::cache::Failures;
use crate::cache::probe::Sharing;

/// Begins [`Failures`]; `E` is the error. What it says itself is for one that can be cloned and
/// sent.
#[derive(Debug)]
pub struct Failing<E>(AnyError<E>);

/// What [`Failing`] is for any other error.
#[derive(Debug)]
pub struct AnyError<E>(PhantomData<fn() -> E>);

impl<E> Failing<E> {
    /// The beginning.
    pub const fn new() -> Self {
        Self(AnyError(PhantomData))
    }
}

impl<E: Clone + Send + 'static> Failing<E> {
    /// No rules, and a clone for everyone who waits for the same load.
    pub const fn failures(&self) -> Failures<E> {
        Failures::new().sharing(Sharing::by_clone())
    }
}

impl<E> AnyError<E> {
    /// No rules, and no clones.
    pub const fn failures(&self) -> Failures<E> {
        Failures::new()
    }
}

impl<E> Deref for Failing<E> {
    type Target = AnyError<E>;

    fn deref(&self) -> &AnyError<E> {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct NotClone;

    #[test]
    fn an_error_is_shared_if_it_can_be_cloned() {
        assert!(Failing::<String>::new().failures().are_shared());
        assert!(!Failing::<NotClone>::new().failures().are_shared());
    }

    #[test]
    fn an_error_that_cannot_be_sent_is_not_shared() {
        assert!(!Failing::<std::rc::Rc<u8>>::new().failures().are_shared());
    }

    #[test]
    fn a_generic_function_gets_the_answer_of_its_own_bounds() {
        fn shares<E: Clone + Send + 'static>() -> bool {
            Failing::<E>::new().failures().are_shared()
        }
        fn does_not<E>() -> bool {
            Failing::<E>::new().failures().are_shared()
        }
        assert!(shares::<String>());
        assert!(!does_not::<String>());
    }
}
