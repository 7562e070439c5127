//! What went wrong, in our words: the driver's errors, and the reasons for which a connection is
//! given up.

use std::fmt;

use redis::RedisError;

use super::convert::server_error;
use crate::error::{Error, ErrorKind};

/// Why a connection is no longer used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// It ended: the server or the network closed it.
    Dropped,
    /// The server became a replica, so this is not the address of the data any more.
    ReadOnly,
    /// What came in was not the protocol, so no later reply can be trusted to belong to its
    /// request.
    Malformed,
    /// It is beside another that was made anew, perhaps to another server.
    LeftBehind,
    /// A call ran out of time, and then nothing came in, not even the answer to a `PING`.
    Unanswered,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dropped => "the connection was closed",
            Self::ReadOnly => "the server takes no writes any more: it became a replica",
            Self::LeftBehind => "the connection of the calls was made anew",
            Self::Malformed => "the server sent something that is not the protocol",
            Self::Unanswered => "the server stopped answering",
        })
    }
}

/// What a failed request says about its connection; nothing if the driver refused to send it.
pub(super) fn loss(error: &RedisError) -> Option<Loss> {
    match error.kind() {
        redis::ErrorKind::Parse => Some(Loss::Malformed),
        redis::ErrorKind::Client | redis::ErrorKind::InvalidClientConfig => None,
        _ => Some(Loss::Dropped),
    }
}

/// What the caller of a failed request is told.
pub(super) fn error(error: RedisError, operation: &'static str) -> Error {
    let error = match redis::ServerError::try_from(error) {
        Ok(answer) => return server_error(&answer).during(operation),
        Err(other) => other,
    };
    match error.kind() {
        redis::ErrorKind::Io => Error::new(
            ErrorKind::Unreachable,
            operation,
            "the connection was lost before the answer came",
        )
        .caused_by(error),
        redis::ErrorKind::AuthenticationFailed => {
            Error::new(ErrorKind::Unauthorized, operation, error.to_string())
        }
        redis::ErrorKind::Client | redis::ErrorKind::InvalidClientConfig => {
            Error::new(ErrorKind::Unsupported, operation, error.to_string())
        }
        // The driver's text holds what it could not read, which may be a value: it is not shown.
        _ => Error::new(ErrorKind::Protocol, operation, Loss::Malformed.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn answered(wire: &str) -> RedisError {
        redis::parse_redis_value(wire.as_bytes())
            .unwrap()
            .extract_error()
            .unwrap_err()
    }

    #[test]
    fn an_error_of_the_server_keeps_its_text_and_gets_its_kind() {
        let wrong_type = error(answered("-WRONGTYPE Operation against it\r\n"), "LPUSH");
        assert_eq!(wrong_type.kind(), ErrorKind::WrongType);
        assert_eq!(wrong_type.message(), "WRONGTYPE Operation against it");
        assert_eq!(wrong_type.operation(), "LPUSH");
        let denied = error(answered("-NOPERM this user has no permissions\r\n"), "GET");
        assert_eq!(denied.kind(), ErrorKind::Unauthorized);
        assert_eq!(denied.code(), Some("NOPERM"));
    }

    #[test]
    fn a_dropped_connection_is_unreachable_and_lost() {
        for kind in [
            io::ErrorKind::BrokenPipe,
            io::ErrorKind::ConnectionReset,
            io::ErrorKind::UnexpectedEof,
            io::ErrorKind::TimedOut,
        ] {
            let dropped = RedisError::from(io::Error::from(kind));
            assert_eq!(loss(&dropped), Some(Loss::Dropped));
            let told = error(dropped, "GET");
            assert_eq!(told.kind(), ErrorKind::Unreachable);
            assert!(told.is_temporary());
        }
    }

    #[test]
    fn what_cannot_be_read_is_a_protocol_error_that_does_not_repeat_it() {
        let unreadable = redis::parse_redis_value(b"?a-secret-value\r\n").unwrap_err();
        assert_eq!(loss(&unreadable), Some(Loss::Malformed));
        let told = error(unreadable, "GET");
        assert_eq!(told.kind(), ErrorKind::Protocol);
        assert!(!format!("{told} {told:?}").contains("secret"), "{told:?}");
    }
}
