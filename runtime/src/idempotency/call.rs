//! Runs a body once, and reads its result ever after.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::attempt::lost_run;
use super::records::Standing;
use super::request::{Request, Turn};
use crate::codec::Codec;
use crate::codec::envelope::{self, Envelope, Expectation, Header, Sections, Token};
use crate::error::{Error, ErrorKind, Result};

/// How results are written.
const CODEC: Codec = Codec::MessagePack;

/// Which errors are stored, and how.
pub(crate) struct Errors<E>(Option<Stored<E>>);

struct Stored<E> {
    which: Box<dyn Fn(&E) -> bool + Send + Sync>,
    write: fn(&E, &mut Vec<u8>) -> Result<()>,
    read: fn(&[u8]) -> Result<E>,
}

impl<E> Errors<E> {
    /// None are stored.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// Those that the rule picks.
    pub(crate) fn storing(which: impl Fn(&E) -> bool + Send + Sync + 'static) -> Self
    where
        E: Serialize + DeserializeOwned,
    {
        Self(Some(Stored {
            which: Box::new(which),
            write: |error, into| CODEC.encode(error, into),
            read: |bytes| CODEC.decode(bytes),
        }))
    }

    /// How to write this error, if it is stored.
    fn writer(&self, error: &E) -> Option<fn(&E, &mut Vec<u8>) -> Result<()>> {
        let stored = self.0.as_ref()?;
        (stored.which)(error).then_some(stored.write)
    }

    fn read(&self, bytes: &[u8]) -> Result<E> {
        match &self.0 {
            Some(stored) => (stored.read)(bytes),
            None => Err(unreadable("it is an error, and this build stores none")),
        }
    }
}

/// Runs the body unless it has run.
pub(crate) async fn run<T, E>(
    request: Result<Request>,
    errors: Errors<E>,
    body: impl Future<Output = Result<T, E>>,
) -> Result<T, E>
where
    T: Serialize + DeserializeOwned,
    E: From<Error>,
{
    let request = request?;
    let mut attempt = match request.turn().await? {
        Turn::Run(attempt) => attempt,
        Turn::Done(result) => return read(&request, &errors, &result),
    };
    let clock = request.records.context().clock();
    let began = clock.now();
    let outcome = attempt.run(body).await?;
    let header = request.header(attempt.token(), clock.now().saturating_since(began));
    let written = match &outcome {
        Ok(value) => request.write(&header, Kind::Value, |into| CODEC.encode(value, into)),
        Err(error) => match errors.writer(error) {
            Some(write) => request.write(&header, Kind::Error, |into| write(error, into)),
            None => {
                attempt.abandon().await;
                return outcome;
            }
        },
    };
    // What cannot be written is stored as nothing: the body has run, and must not run again.
    let (result, unwritten) = match written {
        Ok(result) => (result, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    match attempt.complete(&result).await? {
        Standing::Ours => match unwritten {
            None => outcome,
            Some(error) => Err(E::from(error)),
        },
        // Somebody else has run meanwhile: all callers get the same result, this one too.
        Standing::Lost => match request.records.result(&request.key).await? {
            Some(result) => read(&request, &errors, &result),
            None => Err(E::from(lost_run(
                "the run took longer than its lease and was begun anew by another caller: its result was not stored",
            ))),
        },
    }
}

/// What a stored result says.
fn read<T, E>(request: &Request, errors: &Errors<E>, result: &[u8]) -> Result<T, E>
where
    T: DeserializeOwned,
    E: From<Error>,
{
    match request.open(result)? {
        Content::Value(payload) => Ok(CODEC.decode(payload)?),
        Content::Error(payload) => Err(errors.read(payload)?),
    }
}

/// What is written.
enum Kind {
    Value,
    Error,
}

enum Content<'result> {
    Value(&'result [u8]),
    Error(&'result [u8]),
}

// What follows knows no types, so it is compiled once.

impl Request {
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
        payload: impl FnOnce(&mut Vec<u8>) -> Result<()>,
    ) -> Result<Vec<u8>> {
        let key = self.key.as_bytes();
        let result = match kind {
            Kind::Value => envelope::write_value(key, header, Sections::default(), payload),
            Kind::Error => envelope::write_negative(key, header, Sections::default(), payload),
        }?;
        let most = self.most();
        if result.len() > most {
            let message = "the result is larger than `max_value_bytes`";
            return Err(Error::new(ErrorKind::TooLarge, "idempotent", message).with("bytes", result.len()));
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
            Err(reason) => Err(unreadable("another build has written it, or it was damaged").with("reason", format_args!("{reason:?}"))),
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
