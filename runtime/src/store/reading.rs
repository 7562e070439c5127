//! How answers are understood.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::backend::Reply;
use crate::codec::envelope::{self, Envelope, Expectation, Unreadable};
use crate::codec::{Codec, element};
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::metrics::{Counters, Event};

/// What must be known to understand the answer to one question.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) origin: Origin,
    pub(super) key: Key,
    pub(super) codec: Codec,
    pub(super) max_bytes: usize,
    pub(super) counters: Arc<Counters>,
}

/// Who asked, for errors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    /// The command.
    pub(super) operation: &'static str,
    /// The store's.
    pub(super) namespace: &'static str,
}

impl Reading {
    /// The value in these bytes. What no store of this type has written, or what is damaged, is as
    /// good as nothing, and is counted; a counter is a value where the type can be a number, else
    /// an error.
    pub(super) fn value<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<Option<T>> {
        let expected = Expectation {
            codec: self.codec,
            fingerprint: 0,
            max_bytes: self.max_bytes,
        };
        let payload = match envelope::read(bytes, self.key.as_bytes(), expected) {
            Ok(Envelope::Value { payload, .. }) => payload,
            Ok(_) => return Ok(self.unreadable(Event::Foreign)),
            Err(unreadable) => {
                return match number_in(bytes) {
                    Some(number) if unreadable == Unreadable::Foreign => {
                        self.counter(number).map(Some)
                    }
                    _ => Ok(self.unreadable(unreadable.into())),
                };
            }
        };
        match self.codec.decode(payload) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind() == ErrorKind::Decode => Ok(self.unreadable(Event::Corrupt)),
            Err(error) => Err(self.origin.explain(error)),
        }
    }

    /// The value in these bytes, which another is to take the place of. A counter is none, whatever
    /// the type: once a value, it could be counted up no more.
    pub(super) fn value_to_replace<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<Option<T>> {
        if number_in(bytes).is_some() {
            let message = "a counter is there: change it by `incr` or `decr`";
            return Err(self.origin.error(ErrorKind::WrongType, message));
        }
        self.value(bytes)
    }

    /// The value of an element. Where elements stand in an order or in a number, none can be left
    /// out: one that cannot be read is an error.
    pub(super) fn element<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T> {
        if bytes.len() > self.max_bytes {
            let message = "the element is larger than max_value_bytes";
            return Err(self.origin.error(ErrorKind::TooLarge, message));
        }
        match number_in(bytes) {
            Some(number) => self.counter(number),
            None => element::read(self.codec, bytes).map_err(|error| self.origin.explain(error)),
        }
    }

    /// The element that a reply is.
    pub(super) fn element_in<T: DeserializeOwned>(&self, reply: Reply) -> Result<Option<T>> {
        let bytes = reply.into_bytes(self.origin.operation)?;
        bytes.map(|bytes| self.element(&bytes)).transpose()
    }

    /// The elements in a reply.
    pub(super) fn elements_in<T: DeserializeOwned>(&self, reply: Reply) -> Result<Vec<T>> {
        let replies = reply.into_array(self.origin.operation)?;
        let bytes = replies
            .into_iter()
            .map(|reply| reply.into_bytes(self.origin.operation));
        bytes
            .map(|bytes| self.element(&bytes?.unwrap_or_default()))
            .collect()
    }

    /// How many, in a reply.
    pub(super) fn count_in(&self, reply: Reply) -> Result<u64> {
        Ok(u64::try_from(reply.into_int(self.origin.operation)?).unwrap_or(0))
    }

    /// What a counter has come to, in a reply: a number from a command, text from a script.
    pub(super) fn sum_in(&self, reply: Reply) -> Result<i64> {
        match &reply {
            Reply::Int(sum) => Ok(*sum),
            Reply::Bulk(bytes) => {
                number_in(bytes).ok_or_else(|| reply.unexpected(self.origin.operation, "a counter"))
            }
            _ => Err(reply.unexpected(self.origin.operation, "a counter")),
        }
    }

    /// Whether it was so, in a reply of 1 or 0.
    pub(super) fn answer_in(&self, reply: Reply) -> Result<bool> {
        Ok(reply.into_int(self.origin.operation)? != 0)
    }

    /// Counts what could not be read.
    fn unreadable<T>(&self, event: Event) -> Option<T> {
        self.counters.count(event);
        None
    }

    /// A counter's number as a value, if the type can be one.
    fn counter<T: DeserializeOwned>(&self, number: i64) -> Result<T> {
        // By way of the codec that names what it writes, so that an `i64` reads as `u8` or `f64`
        // just as well.
        let through = Codec::MessagePack;
        let mut bytes = Vec::new();
        through.encode(&number, &mut bytes)?;
        through.decode(&bytes).map_err(|_| {
            let message = "a counter is there, which is no value of this store's type";
            self.origin.error(ErrorKind::WrongType, message)
        })
    }
}

impl Origin {
    /// An error of this store.
    pub(super) fn error(&self, kind: ErrorKind, message: &'static str) -> Error {
        Error::new(kind, self.operation, message).with("namespace", self.namespace)
    }

    /// What an error of the backend or the codec means here.
    pub(super) fn explain(&self, error: Error) -> Error {
        if error.kind() == ErrorKind::Server && is_about_a_number(error.message()) {
            let message = "what is there is no counter, or the sum does not fit 64 bits: only what `incr` and `hincr` have made can be counted up";
            return self.error(ErrorKind::NotANumber, message).caused_by(error);
        }
        // Scripts and pipelines name themselves; what was asked for says more.
        error
            .during(self.operation)
            .with("namespace", self.namespace)
    }
}

/// The number that these bytes are, as the server writes its counters.
fn number_in(bytes: &[u8]) -> Option<i64> {
    let number: i64 = std::str::from_utf8(bytes).ok()?.parse().ok()?;
    (itoa::Buffer::new().format(number).as_bytes() == bytes).then_some(number)
}

/// Whether the server's words are about a number that is none or too large. They have no code of
/// their own.
fn is_about_a_number(message: &str) -> bool {
    ["is not an integer", "would overflow"]
        .iter()
        .any(|words| message.contains(words))
}
