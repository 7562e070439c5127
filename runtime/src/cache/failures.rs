//! What an attribute says of errors.

use std::any::Any;
use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error_codec::ErrorCodec;
use super::patience::GivingUp;
use super::probe::Sharing;
use crate::codec::Codec;
use crate::error::{Error, ErrorKind, Result};

/// [`ErrorRules`](super::ErrorRules) of an attribute, whose closures see nothing but the error. It
/// can be copied, and so nothing has to be written into each function that would drop it.
pub struct Failures<E> {
    sharing: Sharing<E>,
    picks: Option<fn(&E) -> bool>,
    codec: Option<ErrorCodec<E>>,
    rescue: Option<fn(Error) -> E>,
    giving_up: Option<GivingUp<E>>,
}

/// An error that can be stored.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored",
    label = "an error that `cache_err` picks must be `Serialize + DeserializeOwned`",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to the type, or remove `cache_err` and `err_ttl` from the attribute"
)]
pub trait StoredError: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<E: Serialize + DeserializeOwned> StoredError for E {}

/// An error that can say that the backend is away.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say that the cache could not be asked",
    label = "with `on_error = \"fail\"` the error must be `From<larder::Error>`",
    note = "write `impl From<larder::Error> for {Self} {{ … }}`, or remove `on_error` from the attribute: then the body runs"
)]
pub trait OutageError: From<Error> {}

#[diagnostic::do_not_recommend]
impl<E: From<Error>> OutageError for E {}

/// An error that can say that a load takes too long.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say that a load takes too long",
    label = "with `hard` the error must be `From<larder::Error>`",
    note = "write `impl From<larder::Error> for {Self} {{ … }}`, or remove `hard` from the attribute"
)]
pub trait ImpatientError: From<Error> {}

#[diagnostic::do_not_recommend]
impl<E: From<Error>> ImpatientError for E {}

/// From what an error is made that no body has returned.
#[derive(Clone, Copy)]
pub(super) enum ErrorSource<'source> {
    /// One that was stored.
    Stored(Codec, &'source [u8]),
    /// One that another caller has met.
    Shared(&'source dyn Any),
    /// One of ours, in place of running the body.
    Rescue(&'source Error),
}

impl<E> Failures<E> {
    /// An error goes to the caller whose load met it, nothing of it is stored, and the body runs
    /// when the backend is away.
    #[allow(
        clippy::new_without_default,
        reason = "an attribute writes it with its type, never as a default"
    )]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            sharing: Sharing::none(),
            picks: None,
            codec: None,
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
        E: StoredError,
    {
        self.picks = Some(rule);
        self.written_by(ErrorCodec::new())
    }

    /// How errors are stored, whoever picks them.
    #[must_use]
    pub(super) fn written_by(mut self, codec: ErrorCodec<E>) -> Self {
        self.codec = Some(codec);
        self
    }

    /// The function returns the error when the backend is away; its body does not run.
    #[must_use]
    pub fn fail_on_error(mut self) -> Self
    where
        E: OutageError,
    {
        self.rescue = Some(E::from);
        self
    }

    /// The function returns the error when the load has taken so long, and the load goes on without
    /// it.
    #[must_use]
    pub fn give_up_after(mut self, time: Duration) -> Self
    where
        E: ImpatientError,
    {
        self.giving_up = Some(GivingUp::after(time));
        self
    }
}

/// How a call asks them, of an error whose type is the only one that is known: it is translated
/// once for each type of error, and not for each type of value beside it.
impl<E> Failures<E> {
    /// The error that is made of this, if it is one that this function can have.
    pub(super) fn make(&self, source: ErrorSource<'_>) -> Option<E> {
        match source {
            ErrorSource::Stored(codec, payload) => (self.codec?.decode)(codec, payload).ok(),
            ErrorSource::Shared(packed) => self.sharing.unpack(packed),
            ErrorSource::Rescue(error) => self.rescue.map(|rescue| rescue(error.clone())),
        }
    }

    /// Whether other callers get them.
    pub(crate) fn are_shared(&self) -> bool {
        self.sharing.is_possible()
    }

    /// Whether this error is to be stored.
    pub(super) fn picks(&self, error: &E) -> bool {
        self.picks.is_some_and(|picks| picks(error))
    }

    /// Writes an error that is to be stored.
    pub(super) fn encode(&self, codec: Codec, error: &E, into: &mut Vec<u8>) -> Result<()> {
        match &self.codec {
            Some(errors) => (errors.encode)(codec, error, into),
            None => Err(not_stored()),
        }
    }

    /// The error as other callers take it, if they can.
    pub(super) fn pack(&self, error: &E) -> Option<Box<dyn Any + Send>> {
        self.sharing.pack(error)
    }

    /// The error to return instead of running the body, if that is declared.
    pub(super) fn rescue(&self) -> Option<fn(Error) -> E> {
        self.rescue
    }

    /// After how long a call gives its load up, if that is declared.
    pub(super) fn giving_up(&self) -> Option<GivingUp<E>> {
        self.giving_up
    }
}

fn not_stored() -> Error {
    let message = "this function stores no errors";
    Error::new(ErrorKind::Encode, "encode", message)
}

impl<E> Clone for Failures<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Failures<E> {}

impl<E> fmt::Debug for Failures<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as("Failures", f)
    }
}

impl<E> Failures<E> {
    /// Shows it under the name of what it stands for.
    pub(super) fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("share", &self.are_shared())
            .field("cache_err", &self.codec.is_some())
            .field("fail_on_error", &self.rescue.is_some())
            .field("give_up_after", &self.giving_up)
            .finish()
    }
}
