//! Whether an error can be handed to other callers, and how.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// How an error reaches other callers that wait for the same load: a clone of it, if it can be cloned and sent.
pub struct Sharing<E> {
    ways: Option<Ways<E>>,
}

struct Ways<E> {
    pack: fn(&E) -> Box<dyn Any + Send>,
    unpack: fn(&dyn Any) -> Option<E>,
}

impl<E> Sharing<E> {
    /// The error stays with the caller that met it.
    pub const fn none() -> Self {
        Self { ways: None }
    }

    /// Whether the error can be handed to others.
    pub const fn is_possible(&self) -> bool {
        self.ways.is_some()
    }

    /// A clone of the error with its type forgotten; `None` if this type of error is not shared.
    pub fn pack(&self, error: &E) -> Option<Box<dyn Any + Send>> {
        self.ways.map(|ways| (ways.pack)(error))
    }

    /// A clone of what was packed; `None` if it is an error of another type.
    pub fn unpack(&self, packed: &dyn Any) -> Option<E> {
        self.ways.and_then(|ways| (ways.unpack)(packed))
    }
}

impl<E: Clone + Send + 'static> Sharing<E> {
    /// The error is cloned for everyone who waits.
    pub const fn by_clone() -> Self {
        Self {
            ways: Some(Ways {
                pack: |error| Box::new(error.clone()),
                unpack: |packed| packed.downcast_ref::<E>().cloned(),
            }),
        }
    }
}

/// Asks whether an error can be handed to other callers.
#[derive(Debug)]
pub struct ShareProbe<E>(ShareFallback<E>);

/// What [`ShareProbe`] answers for errors that cannot be cloned and sent.
#[derive(Debug)]
pub struct ShareFallback<E>(PhantomData<fn() -> E>);

impl<E> ShareProbe<E> {
    /// The question.
    pub const fn new() -> Self {
        Self(ShareFallback(PhantomData))
    }
}

impl<E: Clone + Send + 'static> ShareProbe<E> {
    /// A clone each.
    pub const fn sharing(&self) -> Sharing<E> {
        Sharing::by_clone()
    }
}

impl<E> ShareFallback<E> {
    /// No clones.
    pub const fn sharing(&self) -> Sharing<E> {
        Sharing::none()
    }
}

impl<E> Deref for ShareProbe<E> {
    type Target = ShareFallback<E>;

    fn deref(&self) -> &ShareFallback<E> {
        &self.0
    }
}

impl<E> Clone for Sharing<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Sharing<E> {}

impl<E> Clone for Ways<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Ways<E> {}

impl<E> fmt::Debug for Sharing<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.is_possible() {
            "by clone"
        } else {
            "none"
        };
        f.debug_tuple("Sharing").field(&name).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct NotClone;

    #[test]
    fn an_error_is_shared_if_it_can_be_cloned() {
        let sharing = ShareProbe::<String>::new().sharing();
        let packed = sharing.pack(&"no".to_owned()).expect("a clone");
        assert_eq!(sharing.unpack(&*packed), Some("no".to_owned()));
        assert_eq!(sharing.unpack(&7_u8), None);

        let sharing = ShareProbe::<NotClone>::new().sharing();
        assert!(!sharing.is_possible());
        assert!(sharing.pack(&NotClone).is_none());
    }

    #[test]
    fn an_error_that_cannot_be_sent_is_not_shared() {
        assert!(!ShareProbe::<std::rc::Rc<u8>>::new().sharing().is_possible());
    }

    #[test]
    fn a_generic_function_gets_the_answer_of_its_own_bounds() {
        fn shares<E: Clone + Send + 'static>() -> bool {
            ShareProbe::<E>::new().sharing().is_possible()
        }
        fn does_not<E>() -> bool {
            ShareProbe::<E>::new().sharing().is_possible()
        }
        assert!(shares::<String>());
        assert!(!does_not::<String>());
    }
}
