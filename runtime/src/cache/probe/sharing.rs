//! Whether an error can be handed to other callers, and how.

use std::any::Any;
use std::fmt;

/// How an error reaches other callers that wait for the same load: a clone of it, if it can be
/// cloned and sent.
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

    #[test]
    fn an_error_is_shared_by_a_clone() {
        let sharing = Sharing::by_clone();
        let packed = sharing.pack(&"no".to_owned()).expect("a clone");
        assert_eq!(sharing.unpack(&*packed), Some("no".to_owned()));
        assert_eq!(sharing.unpack(&7_u8), None);
    }

    #[test]
    fn an_error_that_cannot_be_cloned_is_not_shared() {
        struct NotClone;

        let sharing = Sharing::none();
        assert!(!sharing.is_possible());
        assert!(sharing.pack(&NotClone).is_none());
        assert!(sharing.unpack(&NotClone).is_none());
    }
}
