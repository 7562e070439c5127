//! What an attribute says of errors.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error_codec::ErrorCodec;
use super::patience::GivingUp;
use super::probe::Sharing;
use super::rules::{ErrorRule, ErrorRules};
use crate::error::Error;

/// [`ErrorRules`] of an attribute, whose closures see nothing but the error. It can be copied, and so nothing has to be written
/// into each function that would drop it.
pub struct Failures<E> {
    sharing: Sharing<E>,
    stored: Option<Stored<E>>,
    rescue: Option<fn(Error) -> E>,
    giving_up: Option<GivingUp<E>>,
}

/// Which errors are stored, and how.
type Stored<E> = (fn(&E) -> bool, ErrorCodec<E>);

impl<E> Failures<E> {
    /// An error goes to the caller whose load met it, nothing of it is stored, and the body runs when the backend is away.
    #[allow(
        clippy::new_without_default,
        reason = "an attribute writes it with its type, never as a default"
    )]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            sharing: Sharing::none(),
            stored: None,
            rescue: None,
            giving_up: None,
        }
    }

    /// How errors reach other callers that wait for the same load.
    #[must_use]
    pub const fn sharing(mut self, sharing: Sharing<E>) -> Self {
        self.sharing = sharing;
        self
    }

    /// Errors that the rule picks are stored for the spec's `err_ttl`.
    #[must_use]
    pub fn cache_err(mut self, rule: fn(&E) -> bool) -> Self
    where
        E: Serialize + DeserializeOwned,
    {
        self.stored = Some((rule, ErrorCodec::new()));
        self
    }

    /// The function returns the error when the backend is away; its body does not run.
    #[must_use]
    pub fn fail_on_error(mut self) -> Self
    where
        E: From<Error>,
    {
        self.rescue = Some(E::from);
        self
    }

    /// The function returns the error when the load has taken so long, and the load goes on without it.
    #[must_use]
    pub fn give_up_after(mut self, time: Duration) -> Self
    where
        E: From<Error>,
    {
        self.giving_up = Some(GivingUp::after(time));
        self
    }
}

impl<E> From<Failures<E>> for ErrorRules<E> {
    fn from(failures: Failures<E>) -> Self {
        Self {
            sharing: failures.sharing,
            stored: failures
                .stored
                .map(|(rule, codec)| (ErrorRule::Fixed(rule), codec)),
            rescue: failures.rescue,
            giving_up: failures.giving_up,
        }
    }
}

impl<E> Clone for Failures<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Failures<E> {}

impl<E> fmt::Debug for Failures<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failures")
            .field("sharing", &self.sharing)
            .field("cache_err", &self.stored.is_some())
            .field("fail_on_error", &self.rescue.is_some())
            .field("give_up_after", &self.giving_up)
            .finish()
    }
}
