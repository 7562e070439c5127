//! What a call answers, as they see it who do not know its type.
//!
//! The compiler translates what knows a type once for every type. So the protocol knows none: what depends on types it asks of an
//! [`Answer`], and there is one piece of code for each type that can say it. It is written for the compiler to have little to translate:
//! a `?` is two calls, and whatever replaces an answer drops another, which is done in one place.
#![allow(
    clippy::question_mark,
    reason = "it is translated for each type, and a `?` is two calls more each time"
)]

use std::any::{Any, TypeId};
use std::borrow::Borrow;
use std::sync::Arc;

use super::local::{Answered, Label, LocalCopy};
use super::policy::Policy;
use super::shape::{CacheValue, Shape};
use super::spec::CacheSpec;
use super::stored::Presence;
use super::ttl::Ttl;
use crate::codec::Codec;
use crate::error::{Error, ErrorKind, Result};
use crate::key::IndexValue;

/// The value or the error that a call will return, once there is one.
pub(super) trait Answer {
    /// Whether its values can be cloned.
    fn copying(&self) -> Copying;

    /// It is this, which was stored.
    fn decode(&mut self, codec: Codec, side: Side, payload: &[u8]) -> Result<()>;

    /// It is a clone of what this copy holds; nothing if that is no value of its type, or cannot be cloned.
    fn clone_out_of(&mut self, copy: &LocalCopy) -> Option<()>;

    /// A copy of it for other callers; the label again if it is no value that can be cloned.
    fn copy(&self, key: &[u8], read: &Answered, label: Label) -> Result<Arc<LocalCopy>, Label>;

    /// It is the error that the function has for this one, if it has one.
    fn rescue(&mut self, error: Error) -> Option<()>;

    /// It is this error, which another caller has met.
    fn unpack(&mut self, packed: &dyn Any) -> Option<()>;

    /// It, as other callers take it if it is an error.
    fn pack(&self) -> Option<Box<dyn Any + Send>>;

    /// What the function's rules say of it; `None` if there is none yet.
    fn judged(&self, spec: &CacheSpec) -> Option<Judged>;

    /// Writes it as it is stored.
    fn encode(&self, codec: Codec, into: &mut Vec<u8>) -> Result<()>;

    /// A load begins: what there is is forgotten, or is kept to fall back upon.
    fn load(&mut self, fallback: Falling);

    /// It is what was kept to fall back upon, if it is an error so far and there is such a value.
    fn fall_back(&mut self) -> Option<()>;
}

/// Which of the two an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Value,
    Error,
}

/// What becomes of the value that is to be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Falling {
    /// The call answers it if the load fails.
    Back,
    /// It is of no use.
    Short,
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

/// Whether values can be cloned, and of which type they are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Copying {
    ByClone(TypeId),
    No,
}

/// An [`Answer`] of this shape.
pub(crate) struct Answering<S: Shape, P = Policy<S>, O = Option<<S as Shape>::Value>> {
    policy: P,
    outcome: Option<Result<S::Value, S::Error>>,
    fallback: O,
}

/// Where a value waits that is answered in place of an error.
pub(super) trait Spare<V>: Default {
    fn keep(&mut self, value: V);
    fn take(&mut self) -> Option<V>;
}

impl<S, P, O> Answering<S, P, O>
where
    S: Shape<Value: CacheValue>,
    P: Borrow<Policy<S>>,
    O: Spare<S::Value>,
{
    /// No answer yet.
    pub(super) fn new(policy: P) -> Self {
        Self {
            policy,
            outcome: None,
            fallback: O::default(),
        }
    }

    /// The answer is this.
    fn settle(&mut self, outcome: Result<S::Value, S::Error>) {
        self.outcome = Some(outcome);
    }

    /// No answer yet, and this one instead of an error.
    pub(super) fn or(policy: P, fallback: O) -> Self {
        Self {
            policy,
            outcome: None,
            fallback,
        }
    }

    /// An answer that there is already.
    pub(super) fn of(policy: P, outcome: Result<S::Value, S::Error>) -> Self {
        Self {
            outcome: Some(outcome),
            ..Self::new(policy)
        }
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

    fn policy(&self) -> &Policy<S> {
        self.policy.borrow()
    }
}

impl<S, P, O> Answer for Answering<S, P, O>
where
    S: Shape<Value: CacheValue>,
    P: Borrow<Policy<S>>,
    O: Spare<S::Value>,
{
    fn copying(&self) -> Copying {
        match self.policy().cloning_of_values().way() {
            Some(_) => Copying::ByClone(TypeId::of::<S::Value>()),
            None => Copying::No,
        }
    }

    fn decode(&mut self, codec: Codec, side: Side, payload: &[u8]) -> Result<()> {
        match side {
            Side::Value => match codec.decode(payload) {
                Ok(value) => self.settle(Ok(value)),
                Err(error) => return Err(error),
            },
            Side::Error => match self.policy().decode_error(codec, payload) {
                Ok(remembered) => self.settle(Err(remembered)),
                Err(error) => return Err(error),
            },
        }
        Ok(())
    }

    fn clone_out_of(&mut self, copy: &LocalCopy) -> Option<()> {
        let (Some(clone), Some(value)) = (self.policy().cloning_of_values().way(), copy.value())
        else {
            return None;
        };
        self.settle(Ok(clone(value)));
        Some(())
    }

    fn copy(&self, key: &[u8], read: &Answered, label: Label) -> Result<Arc<LocalCopy>, Label> {
        match (&self.outcome, self.policy().cloning_of_values().way()) {
            (Some(Ok(value)), Some(clone)) => {
                Ok(LocalCopy::of_value(key, read, label, clone(value)))
            }
            _ => Err(label),
        }
    }

    fn rescue(&mut self, error: Error) -> Option<()> {
        let Some(rescue) = self.policy().rescue() else {
            return None;
        };
        self.settle(Err(rescue(error)));
        Some(())
    }

    fn unpack(&mut self, packed: &dyn Any) -> Option<()> {
        let Some(error) = self.policy().sharing_of_errors().unpack(packed) else {
            return None;
        };
        self.settle(Err(error));
        Some(())
    }

    fn pack(&self) -> Option<Box<dyn Any + Send>> {
        match &self.outcome {
            Some(Err(error)) => self.policy().sharing_of_errors().pack(error),
            _ => None,
        }
    }

    fn judged(&self, spec: &CacheSpec) -> Option<Judged> {
        let policy = self.policy();
        Some(match self.outcome.as_ref()? {
            Ok(value) => Judged {
                side: Side::Value,
                presence: policy.presence(spec, value),
                ttl: policy.ttl_of_value(spec, value),
                listed: policy.listed(value),
            },
            Err(error) => Judged {
                side: Side::Error,
                presence: Presence::Present,
                ttl: policy.ttl_of_error(spec, error),
                listed: Vec::new(),
            },
        })
    }

    fn encode(&self, codec: Codec, into: &mut Vec<u8>) -> Result<()> {
        match &self.outcome {
            Some(Ok(value)) => codec.encode(value, into),
            Some(Err(error)) => self.policy().encode_error(codec, error, into),
            None => Err(nothing()),
        }
    }

    fn load(&mut self, fallback: Falling) {
        let forgotten = self.outcome.take();
        if let Falling::Back = fallback
            && let Some(Ok(value)) = forgotten
        {
            self.fallback.keep(value);
        }
    }

    fn fall_back(&mut self) -> Option<()> {
        let Some(Err(_)) = self.outcome else {
            return None;
        };
        let Some(value) = self.fallback.take() else {
            return None;
        };
        self.settle(Ok(value));
        Some(())
    }
}

impl<V> Spare<V> for Option<V> {
    fn keep(&mut self, value: V) {
        *self = Some(value);
    }

    fn take(&mut self) -> Option<V> {
        self.take()
    }
}

fn nothing() -> Error {
    let message = "there is no answer yet that could be encoded";
    Error::new(ErrorKind::Encode, "encode", message)
}
