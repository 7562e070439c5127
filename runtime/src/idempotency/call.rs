//! Runs a body once, and reads its result ever after.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::attempt::lost_run;
use super::records::Standing;
use super::request::Request;
use super::turn::Turn;
use crate::codec::Codec;
use crate::codec::envelope::{self, Envelope, Expectation, Header, Sections, Token};
use crate::error::{Error, ErrorKind, Result};

/// How results are written.
const CODEC: Codec = Codec::MessagePack;

/// How results of one type are stored and read; made where the type is known to allow it.
pub struct Way<R> {
    /// `None` stores values alone.
    rule: Option<Rule<R>>,
    write: fn(&R, &mut Vec<u8>) -> Result<()>,
    kind: fn(&R) -> Kind,
    read: fn(Content<'_>) -> Result<R>,
    refuse: fn(Error) -> R,
}

/// Which results are stored.
type Rule<R> = Box<dyn Fn(&R) -> bool + Send + Sync>;

/// What is written.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Value,
    Error,
}

/// What was read.
enum Content<'result> {
    Value(&'result [u8]),
    Error(&'result [u8]),
}

impl<T, E> Way<Result<T, E>>
where
    T: Serialize + DeserializeOwned,
    E: From<Error>,
{
    /// Errors are not stored.
    pub(crate) fn values() -> Self {
        Self {
            rule: None,
            write: |result, into| match result {
                Ok(value) => CODEC.encode(value, into),
                // It is not stored.
                Err(_) => Ok(()),
            },
            kind: Kind::of,
            read: |content| match content {
                Content::Value(payload) => CODEC.decode(payload).map(Ok),
                Content::Error(_) => Err(unreadable("it is an error, and this build stores none")),
            },
            refuse: |error| Err(E::from(error)),
        }
    }

    /// Errors that the rule picks are stored too.
    pub(crate) fn storing(which: impl Fn(&E) -> bool + Send + Sync + 'static) -> Self
    where
        T: 'static,
        E: Serialize + DeserializeOwned + 'static,
    {
        Self {
            rule: Some(Box::new(move |result: &Result<T, E>| {
                result.as_ref().err().is_none_or(&which)
            })),
            write: |result, into| match result {
                Ok(value) => CODEC.encode(value, into),
                Err(error) => CODEC.encode(error, into),
            },
            read: |content| match content {
                Content::Value(payload) => CODEC.decode(payload).map(Ok),
                Content::Error(payload) => CODEC.decode(payload).map(Err),
            },
            ..Self::values()
        }
    }
}

impl<R> Way<R> {
    fn stores(&self, result: &R) -> bool {
        match &self.rule {
            Some(rule) => rule(result),
            None => matches!((self.kind)(result), Kind::Value),
        }
    }
}

impl Kind {
    fn of<T, E>(result: &Result<T, E>) -> Self {
        if result.is_ok() {
            Self::Value
        } else {
            Self::Error
        }
    }
}

/// Runs the body unless it has run.
pub(crate) async fn run<R>(
    request: Result<Request>,
    way: Way<R>,
    body: impl Future<Output = R>,
) -> R {
    let refuse = way.refuse;
    match run_or_read(request, way, body).await {
        Ok(result) => result,
        Err(error) => refuse(error),
    }
}

async fn run_or_read<R>(
    request: Result<Request>,
    way: Way<R>,
    body: impl Future<Output = R>,
) -> Result<R> {
    let request = request?;
    let mut attempt = match request.turn().await? {
        Turn::Run(attempt) => attempt,
        Turn::Done(result) => return (way.read)(request.open(&result)?),
    };
    let clock = request.records.context().clock();
    let began = clock.now();
    let outcome = attempt.run(body).await?;
    if !way.stores(&outcome) {
        attempt.abandon().await;
        return Ok(outcome);
    }
    let header = request.header(attempt.token(), clock.now().saturating_since(began));
    let written = request.write(&header, (way.kind)(&outcome), &|into| {
        (way.write)(&outcome, into)
    });
    // What cannot be written is stored as nothing: the body has run, and must not run again.
    let (result, unwritten) = match written {
        Ok(result) => (result, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    match (attempt.complete(&result).await?, unwritten) {
        (Standing::Ours, None) => Ok(outcome),
        (Standing::Ours, Some(error)) => Err(error),
        // Somebody else has run meanwhile: all callers get the same result, this one too.
        (Standing::Lost, _) => match request.result().await? {
            Some(result) => (way.read)(request.open(&result)?),
            None => Err(lost_run(
                "the record of the run was gone when it ended, or was another's: its lease had ended, it was forgotten, or the server lost it; its result was not stored",
            )),
        },
    }
}

// What follows knows no types, so it is compiled once.

impl Request {
    async fn result(&self) -> Result<Option<Vec<u8>>> {
        self.records.result(&self.key, &self.fingerprint).await
    }

    fn header(&self, token: Token, cost: Duration) -> Header {
        Header {
            codec: CODEC,
            fingerprint: 0,
            stored_at: self.records.context().server_time().now(),
            fresh_until: None,
            cost,
            token,
        }
    }

    fn write(
        &self,
        header: &Header,
        kind: Kind,
        payload: &dyn Fn(&mut Vec<u8>) -> Result<()>,
    ) -> Result<Vec<u8>> {
        let key = self.key.as_bytes();
        let result = match kind {
            Kind::Value => envelope::write_value(key, header, Sections::default(), payload),
            Kind::Error => envelope::write_negative(key, header, Sections::default(), payload),
        }?;
        let most = self.most();
        if result.len() > most {
            let message = "the result is larger than `max_value_bytes`";
            return Err(
                Error::new(ErrorKind::TooLarge, "idempotent", message).with("bytes", result.len())
            );
        }
        Ok(result)
    }

    fn open<'result>(&self, result: &'result [u8]) -> Result<Content<'result>> {
        if result.is_empty() {
            return Err(unreadable("it could not be written"));
        }
        let expected = Expectation {
            codec: CODEC,
            fingerprint: 0,
            max_bytes: self.most(),
        };
        match envelope::read(result, self.key.as_bytes(), expected) {
            Ok(Envelope::Value { payload, .. }) => Ok(Content::Value(payload)),
            Ok(Envelope::Negative { payload, .. }) => Ok(Content::Error(payload)),
            Ok(Envelope::Lease { .. }) => Err(unreadable("it is none")),
            Err(reason) => Err(
                unreadable("another build has written it, or it was damaged")
                    .with("reason", format_args!("{reason:?}")),
            ),
        }
    }

    fn most(&self) -> usize {
        self.records.context().limits().max_value_bytes
    }
}

fn unreadable(why: &str) -> Error {
    Error::new(
        ErrorKind::Decode,
        "idempotent",
        format!("the call has completed, and its result cannot be read: {why}"),
    )
}

impl<R> std::fmt::Debug for Way<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Way")
    }
}
