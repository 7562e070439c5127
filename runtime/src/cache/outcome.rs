//! What a leader shares with those who waited for it.

use std::any::Any;
use std::sync::{Arc, Mutex};

use super::local::Form;
use crate::error::Error;

/// What everybody in a flight gets.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// The body's value.
    Value(Encoded),
    /// The body's error, which is stored too.
    StoredError(Encoded),
    /// The body's error, which can be cloned.
    Error(SharedError),
    /// The key holds something: each caller reads it for itself, since a read is only good for
    /// calls that began before it.
    Reread,
    /// The backend cannot be asked.
    Degraded(Error),
}

impl Outcome {
    /// Whether a body has made it.
    pub(crate) fn is_loaded(&self) -> bool {
        match self {
            Self::Value(_) | Self::StoredError(_) | Self::Error(_) => true,
            Self::Reread | Self::Degraded(_) => false,
        }
    }
}

/// What a leader has encoded. Two functions may share a key, and so a flight, and not be able to
/// read each other's values: a follower is held to the same as a reader of what is stored.
#[derive(Debug, Clone)]
pub(crate) struct Encoded {
    form: Form,
    payload: Arc<[u8]>,
}

impl Encoded {
    /// What is to be read in this form.
    pub(crate) fn new(form: Form, payload: Arc<[u8]>) -> Self {
        Self { form, payload }
    }

    /// The bytes, for one who reads this form; `None` if they are in another one.
    pub(crate) fn readable_as(&self, form: Form) -> Option<&[u8]> {
        (self.form == form).then_some(&*self.payload)
    }
}

/// An error of a type that only the callers know. Behind a mutex, because an error need not be
/// `Sync`.
#[derive(Debug, Clone)]
pub(crate) struct SharedError(Arc<Mutex<Box<dyn Any + Send>>>);

impl SharedError {
    /// Shares this error.
    pub(crate) fn new(error: Box<dyn Any + Send>) -> Self {
        Self(Arc::new(Mutex::new(error)))
    }

    /// Looks at it.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&dyn Any) -> T) -> T {
        let error = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        look(&**error)
    }
}
