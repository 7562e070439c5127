//! What a server answers.

use std::fmt;

use crate::error::{Error, ErrorKind, Result};

/// One reply of a server, as RESP3 types it.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Nothing there.
    Nil,
    /// A whole number.
    Int(i64),
    /// A number with a fraction, such as a score.
    Double(f64),
    /// Yes or no.
    Boolean(bool),
    /// A word of the protocol's own, such as `OK` or `PONG`.
    Status(String),
    /// Bytes, as stored.
    Bulk(Vec<u8>),
    /// Several replies, in order.
    Array(Vec<Reply>),
    /// Several replies without an order.
    Set(Vec<Reply>),
    /// Pairs.
    Map(Vec<(Reply, Reply)>),
    /// An error, in a place where one command's error does not end the others.
    Error(ServerError),
}

/// An error as the server words it, such as
/// `WRONGTYPE Operation against a key holding the wrong kind of value`, but without what it was
/// sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerError(String);

/// What comes before the arguments of a command that the server does not know. They may be a
/// password, of a `HELLO` that was renamed, or a value.
const ARGUMENTS: &str = ", with args beginning with";

impl Reply {
    /// The status `OK`.
    pub fn okay() -> Self {
        Self::Status("OK".to_owned())
    }

    /// The reply, or the error that it is.
    pub fn checked(self, operation: &'static str) -> Result<Self> {
        match self {
            Self::Error(error) => Err(error.during(operation)),
            reply => Ok(reply),
        }
    }

    /// The bytes, or `None` where there is nothing.
    pub fn into_bytes(self, operation: &'static str) -> Result<Option<Vec<u8>>> {
        match self {
            Self::Nil => Ok(None),
            Self::Bulk(bytes) => Ok(Some(bytes)),
            Self::Status(status) => Ok(Some(status.into_bytes())),
            other => Err(other.unexpected(operation, "bytes")),
        }
    }

    /// The whole number.
    pub fn into_int(self, operation: &'static str) -> Result<i64> {
        match self {
            Self::Int(number) => Ok(number),
            Self::Boolean(yes) => Ok(i64::from(yes)),
            other => Err(other.unexpected(operation, "a number")),
        }
    }

    /// The replies inside, in order.
    pub fn into_array(self, operation: &'static str) -> Result<Vec<Reply>> {
        match self {
            Self::Array(replies) | Self::Set(replies) => Ok(replies),
            other => Err(other.unexpected(operation, "an array")),
        }
    }

    /// The error for a reply that this command never gives.
    pub fn unexpected(self, operation: &'static str, wanted: &'static str) -> Error {
        match self {
            Self::Error(error) => error.during(operation),
            other => Error::new(
                ErrorKind::Protocol,
                operation,
                format!("the server answered {}, not {wanted}", other.shape()),
            ),
        }
    }

    /// What it is, without what it holds.
    fn shape(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Int(_) => "a number",
            Self::Double(_) => "a double",
            Self::Boolean(_) => "a boolean",
            Self::Status(_) => "a status",
            Self::Bulk(_) => "bytes",
            Self::Array(_) => "an array",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Error(_) => "an error",
        }
    }
}

impl ServerError {
    /// The error with this text, whose first word is the code. Arguments that it repeats are cut
    /// off.
    pub fn new(text: impl Into<String>) -> Self {
        let mut text = text.into();
        if let Some(end) = text.find(ARGUMENTS) {
            text.truncate(end);
        }
        Self(text)
    }

    /// The code: the first word.
    pub fn code(&self) -> &str {
        self.0.split(' ').next().unwrap_or_default()
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The error that a caller gets.
    pub fn during(self, operation: &'static str) -> Error {
        let kind = match self.code() {
            "WRONGTYPE" => ErrorKind::WrongType,
            "NOAUTH" | "WRONGPASS" | "NOPERM" => ErrorKind::Unauthorized,
            _ => ErrorKind::Server,
        };
        Error::new(kind, operation, self.0).of_server()
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
