//! How one function's values and errors are treated.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error_codec::ErrorCodec;
use super::index::IndexValues;
use super::probe::{Absent, Sharing};
use super::rules::{ErrorRules, ValueRules};
use super::shape::Shape;
use super::spec::CacheSpec;
use super::ttl::Ttl;
use crate::codec::Codec;
use crate::error::{Error, Result};
use crate::key::IndexValue;

/// A closure of the attribute that looks at a value or an error.
type Rule<'rules, T, Answer> = &'rules (dyn Fn(&T) -> Answer + Send + Sync);

/// A closure of the attribute that names the values of indexes under which a value is listed.
type ListRule<'rules, T> = &'rules (dyn Fn(&T, &mut IndexValues) + Send + Sync);

/// What the attribute's closures and the types of a function say about storing. Written by the attribute.
pub struct Policy<'rules, S: Shape> {
    absent: Absent<S::Value>,
    sharing: Sharing<S::Error>,
    ttl_from: Option<Rule<'rules, S::Value, Ttl>>,
    store_if: Option<Rule<'rules, S::Value, bool>>,
    lists: Option<ListRule<'rules, S::Value>>,
    stored_errors: Option<StoredErrors<'rules, S::Error>>,
    rescue: Option<fn(Error) -> S::Error>,
}

/// Which errors are stored, and how.
struct StoredErrors<'rules, E> {
    rule: Rule<'rules, E, bool>,
    codec: ErrorCodec<E>,
}

impl<'rules, S: Shape> Policy<'rules, S> {
    /// Every value is stored, no error is stored or shared, the body runs when the backend is away.
    #[must_use]
    pub fn new() -> Self {
        Self {
            absent: |_| false,
            sharing: Sharing::none(),
            ttl_from: None,
            store_if: None,
            lists: None,
            stored_errors: None,
            rescue: None,
        }
    }

    /// How to tell an absent value, which is stored only with a `none_ttl`.
    #[must_use]
    pub fn absent(mut self, absent: Absent<S::Value>) -> Self {
        self.absent = absent;
        self
    }

    /// How errors reach other callers that wait for the same load.
    #[must_use]
    pub fn sharing(mut self, sharing: Sharing<S::Error>) -> Self {
        self.sharing = sharing;
        self
    }

    /// The value decides how long it lives; the spec's TTL is the ceiling.
    #[must_use]
    pub fn ttl_from(mut self, rule: Rule<'rules, S::Value, Ttl>) -> Self {
        self.ttl_from = Some(rule);
        self
    }

    /// The value decides whether it is stored.
    #[must_use]
    pub fn store_if(mut self, rule: Rule<'rules, S::Value, bool>) -> Self {
        self.store_if = Some(rule);
        self
    }

    /// The value decides under what it is listed.
    #[must_use]
    pub fn lists(mut self, rule: ListRule<'rules, S::Value>) -> Self {
        self.lists = Some(rule);
        self
    }

    /// Errors that the rule picks are stored for the spec's `err_ttl`.
    #[must_use]
    pub fn cache_err(mut self, rule: Rule<'rules, S::Error, bool>) -> Self
    where
        S::Error: Serialize + DeserializeOwned,
    {
        let codec = ErrorCodec::new();
        self.stored_errors = Some(StoredErrors { rule, codec });
        self
    }

    /// The function returns the error when the backend is away; its body does not run.
    #[must_use]
    pub fn fail_on_error(mut self) -> Self
    where
        S::Error: From<Error>,
    {
        self.rescue = Some(S::Error::from);
        self
    }

    /// What a plain call says of the values.
    pub(crate) fn with_values(mut self, rules: &'rules ValueRules<S::Value>) -> Self {
        self.absent = rules.absent;
        self.ttl_from = rules.ttl_from.as_deref().map(|rule| rule as _);
        self.store_if = rules.store_if.as_deref().map(|rule| rule as _);
        self.lists = rules.lists.as_deref().map(|rule| rule as _);
        self
    }

    /// What a plain call says of the errors.
    pub(crate) fn with_errors(mut self, rules: &'rules ErrorRules<S::Error>) -> Self {
        self.sharing = rules.sharing;
        self.rescue = rules.rescue;
        self.stored_errors = rules.stored.as_ref().map(|(rule, codec)| StoredErrors {
            rule: &**rule,
            codec: *codec,
        });
        self
    }

    /// How long to store this value, before jitter; `None` if it is not to be stored.
    pub(crate) fn ttl_of_value(&self, spec: &CacheSpec, value: &S::Value) -> Option<Ttl> {
        if self.store_if.is_some_and(|wanted| !wanted(value)) {
            return None;
        }
        if (self.absent)(value) {
            return spec.none_ttl;
        }
        Some(
            self.ttl_from
                .map_or(spec.ttl, |rule| rule(value).min(spec.ttl)),
        )
    }

    /// Under what to list this value, beside what is `listed` whatever it is.
    pub(crate) fn listed(&self, value: &S::Value, mut listed: Vec<IndexValue>) -> Vec<IndexValue> {
        if let Some(lists) = self.lists {
            let mut values = IndexValues::default();
            lists(value, &mut values);
            listed.extend(values.into_found());
        }
        listed
    }

    /// How long to store this error, before jitter; `None` if it is not to be stored.
    pub(crate) fn ttl_of_error(&self, spec: &CacheSpec, error: &S::Error) -> Option<Ttl> {
        let wanted = self
            .stored_errors
            .as_ref()
            .is_some_and(|errors| (errors.rule)(error));
        spec.err_ttl.filter(|_| wanted)
    }

    /// Writes an error that is to be stored.
    pub(crate) fn encode_error(
        &self,
        codec: Codec,
        error: &S::Error,
        into: &mut Vec<u8>,
    ) -> Result<()> {
        match &self.stored_errors {
            Some(errors) => (errors.codec.encode)(codec, error, into),
            None => Err(not_kept()),
        }
    }

    /// Reads an error that was stored.
    pub(crate) fn decode_error(&self, codec: Codec, bytes: &[u8]) -> Result<S::Error> {
        match &self.stored_errors {
            Some(errors) => (errors.codec.decode)(codec, bytes),
            None => Err(not_kept()),
        }
    }

    /// How errors reach other callers.
    pub(crate) fn sharing_of_errors(&self) -> Sharing<S::Error> {
        self.sharing
    }

    /// The error to return instead of running the body, if that is declared.
    pub(crate) fn rescue(&self) -> Option<fn(Error) -> S::Error> {
        self.rescue
    }
}

/// A build that stores no errors meets one that another build has stored: a miss.
fn not_kept() -> Error {
    Error::new(
        crate::error::ErrorKind::Decode,
        "decode",
        "this function stores no errors",
    )
}

impl<S: Shape> Default for Policy<'_, S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Shape> std::fmt::Debug for Policy<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy")
            .field("sharing", &self.sharing)
            .field("ttl_from", &self.ttl_from.is_some())
            .field("store_if", &self.store_if.is_some())
            .field("lists", &self.lists.is_some())
            .field("cache_err", &self.stored_errors.is_some())
            .field("rescue", &self.rescue.is_some())
            .finish()
    }
}
