//! What a call answers, as they see it who do not know its type.
//!
//! The compiler translates what knows a type once for every type. So the protocol knows none: what
//! depends on types it asks of an [`Answer`], and there is one piece of code for each type that can
//! say it. It is written for the compiler to have little to translate: what can be said of a value
//! without its type is said elsewhere ([`Judge`]), a `?` is two calls, and whatever replaces an
//! answer drops another, which is done in one place.
#![allow(
    clippy::question_mark,
    reason = "it is translated for each type, and a `?` is two calls more each time"
)]

use std::any::Any;
use std::borrow::Borrow;

use super::failures::ErrorSource;
use super::policy::Policy;
use super::presence::Presence;
use super::rules::Judge;
use super::shape::{CacheValue, Shape};
use super::spec::CacheSpec;
use super::ttl::Ttl;
use crate::codec::Codec;
use crate::error::{Error, ErrorKind, Result};
use crate::key::IndexValue;

/// The value or the error that a call will return, once there is one.
pub(super) trait Answer {
    /// Who judges its values.
    fn judge(&self) -> &Judge;

    /// What it is so far.
    fn seen(&self) -> Seen<'_>;

    /// Whether it is an error that is to be stored. It asks the function's own rule, so it is asked
    /// once, of what a body has returned.
    fn is_picked(&self) -> bool;

    /// It is the value that is made of this, if it is one that the function can return.
    fn take_value(&mut self, source: ValueSource<'_>) -> Option<()>;

    /// It is the error that is made of this, if it is one that the function can return.
    fn take_error(&mut self, source: ErrorSource<'_>) -> Option<()>;

    /// Writes it as it is stored.
    fn encode(&self, codec: Codec, into: &mut Vec<u8>) -> Result<()>;

    /// It, as other callers take it if it is an error.
    fn pack(&self) -> Option<Box<dyn Any + Send>>;
}

/// Which of the two an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Value,
    Error,
}

/// An answer without its type.
#[derive(Debug, Clone, Copy)]
pub(super) enum Seen<'answer> {
    /// There is none yet.
    Nothing,
    Value(&'answer dyn Any),
    Error,
}

/// From what a value is made that no body has returned.
#[derive(Debug, Clone, Copy)]
pub(super) enum ValueSource<'source> {
    /// One that was stored.
    Stored(Codec, &'source [u8]),
    /// What a copy holds, to be cloned.
    Copy(&'source dyn Any),
}

/// What the rules say of an answer.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) side: Side,
    pub(super) presence: Presence,
    /// How long to store it, before jitter; `None` if it is not to be stored.
    pub(super) ttl: Option<Ttl>,
    /// Under what its value lists it.
    pub(super) listed: Vec<IndexValue>,
}

impl dyn Answer + '_ {
    /// It is this, which was stored, if it can be read.
    pub(super) fn read(&mut self, codec: Codec, side: Side, payload: &[u8]) -> Option<()> {
        match side {
            Side::Value => self.take_value(ValueSource::Stored(codec, payload)),
            Side::Error => self.take_error(ErrorSource::Stored(codec, payload)),
        }
    }

    /// What the function's rules say of it; `None` if there is none yet.
    pub(super) fn judged(&self, spec: &CacheSpec) -> Option<Judged> {
        match self.seen() {
            Seen::Nothing => None,
            Seen::Value(value) => {
                let judge = self.judge();
                Some(Judged {
                    side: Side::Value,
                    presence: judge.presence(spec, value),
                    ttl: judge.ttl_of_loaded(spec, value),
                    listed: judge.listed(value),
                })
            }
            Seen::Error => Some(Judged {
                side: Side::Error,
                presence: Presence::Present,
                ttl: spec.err_ttl.filter(|_| self.is_picked()),
                listed: Vec::new(),
            }),
        }
    }
}

/// An [`Answer`] of this shape.
pub(crate) struct Answering<S: Shape, P = Policy<S>> {
    pub(super) policy: P,
    pub(super) outcome: Option<Result<S::Value, S::Error>>,
}

impl<S, P> Answering<S, P>
where
    S: Shape<Value: CacheValue>,
    P: Borrow<Policy<S>>,
{
    /// No answer yet.
    pub(super) fn new(policy: P) -> Self {
        Self {
            policy,
            outcome: None,
        }
    }

    /// An answer that there is already.
    pub(super) fn of(policy: P, outcome: Result<S::Value, S::Error>) -> Self {
        Self {
            policy,
            outcome: Some(outcome),
        }
    }

    /// The answer is this.
    fn settle(&mut self, outcome: Result<S::Value, S::Error>) {
        self.outcome = Some(outcome);
    }

    /// The body has returned this.
    pub(super) fn returned(&mut self, returned: S::Return) {
        self.settle(S::split(returned));
    }

    /// The answer, if there is one.
    pub(super) fn take(&mut self) -> Option<Result<S::Value, S::Error>> {
        self.outcome.take()
    }

    /// The rules, for another answer.
    pub(super) fn into_policy(self) -> P {
        self.policy
    }
}

impl<S, P> Answer for Answering<S, P>
where
    S: Shape<Value: CacheValue>,
    P: Borrow<Policy<S>>,
{
    fn judge(&self) -> &Judge {
        self.policy.borrow().values.judge()
    }

    fn seen(&self) -> Seen<'_> {
        match &self.outcome {
            None => Seen::Nothing,
            Some(Ok(value)) => Seen::Value(value),
            Some(Err(_)) => Seen::Error,
        }
    }

    fn is_picked(&self) -> bool {
        match &self.outcome {
            Some(Err(error)) => self.policy.borrow().errors.picks(error),
            _ => false,
        }
    }

    fn take_value(&mut self, source: ValueSource<'_>) -> Option<()> {
        let value = match source {
            ValueSource::Stored(codec, payload) => codec.read(payload),
            ValueSource::Copy(held) => self.policy.borrow().values.clone_out_of(held),
        };
        let Some(value) = value else {
            return None;
        };
        self.settle(Ok(value));
        Some(())
    }

    fn take_error(&mut self, source: ErrorSource<'_>) -> Option<()> {
        let Some(error) = self.policy.borrow().errors.declared.make(source) else {
            return None;
        };
        self.settle(Err(error));
        Some(())
    }

    fn encode(&self, codec: Codec, into: &mut Vec<u8>) -> Result<()> {
        match &self.outcome {
            Some(Ok(value)) => codec.encode(value, into),
            Some(Err(error)) => self
                .policy
                .borrow()
                .errors
                .declared
                .encode(codec, error, into),
            None => Err(nothing()),
        }
    }

    fn pack(&self) -> Option<Box<dyn Any + Send>> {
        match &self.outcome {
            Some(Err(error)) => self.policy.borrow().errors.declared.pack(error),
            _ => None,
        }
    }
}

fn nothing() -> Error {
    let message = "there is no answer yet that could be encoded";
    Error::new(ErrorKind::Encode, "encode", message)
}
