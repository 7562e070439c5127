//! How one function's values and errors are treated.

use super::failures::Failures;
use super::patience::GivingUp;
use super::probe::{Cloning, Sharing};
use super::rules::{ErrorRules, ValueRules};
use super::shape::Shape;
use super::spec::CacheSpec;
use super::stored::Presence;
use super::ttl::Ttl;
use crate::codec::Codec;
use crate::error::{Error, ErrorKind, Result};
use crate::key::IndexValue;

/// What the rules and the types of a function say about storing.
pub(crate) struct Policy<S: Shape> {
    values: ValueRules<S::Value>,
    errors: ErrorRules<S::Error>,
}

impl<S: Shape> Policy<S> {
    /// These rules.
    pub(crate) fn new(values: ValueRules<S::Value>, errors: ErrorRules<S::Error>) -> Self {
        Self { values, errors }
    }

    /// Whether this value says that there is none.
    pub(crate) fn presence(&self, spec: &CacheSpec, value: &S::Value) -> Presence {
        self.values.presence(spec, value)
    }

    /// How long to store this value, before jitter; `None` if it is not to be stored.
    pub(crate) fn ttl_of_value(&self, spec: &CacheSpec, value: &S::Value) -> Option<Ttl> {
        self.values.ttl_of_loaded(spec, value)
    }

    /// Under what to list this value.
    pub(crate) fn listed(&self, value: &S::Value) -> Vec<IndexValue> {
        self.values.listed(value)
    }

    /// How long to store this error, before jitter; `None` if it is not to be stored.
    pub(crate) fn ttl_of_error(&self, spec: &CacheSpec, error: &S::Error) -> Option<Ttl> {
        match &self.errors.stored {
            Some((rule, _)) if rule.ask(error) == Some(true) => spec.err_ttl,
            _ => None,
        }
    }

    /// Writes an error that is to be stored.
    pub(crate) fn encode_error(
        &self,
        codec: Codec,
        error: &S::Error,
        into: &mut Vec<u8>,
    ) -> Result<()> {
        match &self.errors.stored {
            Some((_, errors)) => (errors.encode)(codec, error, into),
            None => Err(not_kept()),
        }
    }

    /// Reads an error that was stored.
    pub(crate) fn decode_error(&self, codec: Codec, bytes: &[u8]) -> Result<S::Error> {
        match &self.errors.stored {
            Some((_, errors)) => (errors.decode)(codec, bytes),
            None => Err(not_kept()),
        }
    }

    /// How errors reach other callers.
    pub(crate) fn sharing_of_errors(&self) -> Sharing<S::Error> {
        self.errors.sharing
    }

    /// How a value is cloned for callers in this process, if it can be.
    pub(crate) fn cloning_of_values(&self) -> Cloning<S::Value> {
        self.values.cloning
    }

    /// After how long a call gives its load up, if that is declared.
    pub(super) fn giving_up(&self) -> Option<GivingUp<S::Error>> {
        self.errors.giving_up
    }

    /// The error to return instead of running the body, if that is declared.
    pub(crate) fn rescue(&self) -> Option<fn(Error) -> S::Error> {
        self.errors.rescue
    }
}

/// What an attribute says.
impl<S: Shape> From<(ValueRules<S::Value>, Failures<S::Error>)> for Policy<S> {
    fn from((values, failures): (ValueRules<S::Value>, Failures<S::Error>)) -> Self {
        Self::new(values, failures.into())
    }
}

/// A build that stores no errors meets one that another build has stored: a miss.
fn not_kept() -> Error {
    Error::new(
        ErrorKind::Decode,
        "decode",
        "this function stores no errors",
    )
}

impl<S: Shape> Clone for Policy<S> {
    fn clone(&self) -> Self {
        Self::new(self.values.clone(), self.errors.clone())
    }
}

impl<S: Shape> std::fmt::Debug for Policy<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy")
            .field("values", &self.values)
            .field("errors", &self.errors)
            .finish()
    }
}
