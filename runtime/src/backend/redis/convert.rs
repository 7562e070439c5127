//! What the driver read, as our own types. Nothing is copied: bytes change hands.

use redis::{PushInfo, PushKind, Value};

use super::super::{Push, Reply, ServerError};
use crate::error::{Error, ErrorKind, Result};

/// The reply that a value of the driver is.
pub(super) fn reply(value: Value, operation: &'static str) -> Result<Reply> {
    Ok(match value {
        Value::Nil => Reply::Nil,
        Value::Int(number) => Reply::Int(number),
        Value::Double(number) => Reply::Double(number),
        Value::Boolean(yes) => Reply::Boolean(yes),
        Value::Okay => Reply::okay(),
        Value::SimpleString(status) => Reply::Status(status),
        Value::BulkString(bytes) => Reply::Bulk(bytes),
        Value::VerbatimString { text, .. } => Reply::Bulk(text.into_bytes()),
        Value::Array(values) => Reply::Array(replies(values, operation)?),
        Value::Set(values) => Reply::Set(replies(values, operation)?),
        Value::Map(pairs) => Reply::Map(
            pairs
                .into_iter()
                .map(|(key, value)| Ok((reply(key, operation)?, reply(value, operation)?)))
                .collect::<Result<_>>()?,
        ),
        Value::Attribute { data, .. } => reply(*data, operation)?,
        // What a server answers to SUBSCRIBE and its like.
        Value::Push { kind, data } => {
            let mut parts = vec![Reply::Bulk(kind.to_string().into_bytes())];
            parts.extend(replies(data, operation)?);
            Reply::Array(parts)
        }
        Value::ServerError(error) => Reply::Error(server_error(&error)),
        // Numbers beyond 64 bits, which no command of Redis answers. How the driver holds one
        // depends on a feature that any crate of the program may switch on, so it is not even named
        // here.
        _ => {
            return Err(Error::new(
                ErrorKind::Protocol,
                operation,
                "the server answered a type that no command answers",
            ));
        }
    })
}

/// The replies that these values are, in order.
pub(super) fn replies(values: Vec<Value>, operation: &'static str) -> Result<Vec<Reply>> {
    values
        .into_iter()
        .map(|value| reply(value, operation))
        .collect()
}

/// The error with the text of the server, which the driver split at the first space.
pub(super) fn server_error(error: &redis::ServerError) -> ServerError {
    match error.details() {
        Some(details) => ServerError::new(format!("{} {details}", error.code())),
        None => ServerError::new(error.code()),
    }
}

/// The push that listeners hear of, if it is one for them.
pub(super) fn push(info: PushInfo) -> Option<Push> {
    match info.kind {
        PushKind::Invalidate => Some(invalidation(info.data)),
        PushKind::Message | PushKind::PMessage | PushKind::SMessage => {
            // The pattern of a PMessage stands before the channel.
            let mut data = info.data.into_iter().rev();
            let (Some(payload), Some(channel)) = (data.next(), data.next()) else {
                return None;
            };
            Some(Push::Message {
                channel: bytes(channel)?,
                payload: bytes(payload)?,
            })
        }
        _ => None,
    }
}

/// An invalidation that cannot be understood may have named any key.
fn invalidation(data: Vec<Value>) -> Push {
    let Some(Value::Array(keys)) = data.into_iter().next() else {
        return Push::InvalidatedAll;
    };
    match keys.into_iter().map(bytes).collect() {
        Some(keys) => Push::Invalidated(keys),
        None => Push::InvalidatedAll,
    }
}

fn bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.into_bytes()),
        Value::Okay => Some(b"OK".to_vec()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads what a server wrote, as the driver does.
    fn read(wire: &[u8]) -> Result<Reply> {
        reply(redis::parse_redis_value(wire).unwrap(), "TEST")
    }

    fn bulk(text: &str) -> Reply {
        Reply::Bulk(text.as_bytes().to_vec())
    }

    #[test]
    fn every_type_of_the_protocol_has_its_reply() {
        let cases: [(&[u8], Reply); 14] = [
            (b"_\r\n", Reply::Nil),
            (b"$-1\r\n", Reply::Nil),
            (b":-7\r\n", Reply::Int(-7)),
            (b",1.5\r\n", Reply::Double(1.5)),
            (b"#t\r\n", Reply::Boolean(true)),
            (b"+OK\r\n", Reply::okay()),
            (b"+PONG\r\n", Reply::Status("PONG".to_owned())),
            (b"$2\r\nhi\r\n", bulk("hi")),
            (b"=6\r\ntxt:hi\r\n", bulk("hi")),
            (
                b"*2\r\n:1\r\n_\r\n",
                Reply::Array(vec![Reply::Int(1), Reply::Nil]),
            ),
            (b"~1\r\n:1\r\n", Reply::Set(vec![Reply::Int(1)])),
            (
                b"%1\r\n+a\r\n:1\r\n",
                Reply::Map(vec![(Reply::Status("a".to_owned()), Reply::Int(1))]),
            ),
            (b"|1\r\n+a\r\n:1\r\n:5\r\n", Reply::Int(5)),
            (
                b">3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n",
                Reply::Array(vec![bulk("subscribe"), bulk("c"), Reply::Int(1)]),
            ),
        ];
        for (wire, wanted) in cases {
            assert_eq!(read(wire).unwrap(), wanted, "{}", wire.escape_ascii());
        }
    }

    #[test]
    fn bytes_that_are_no_text_stay_as_they_are() {
        assert_eq!(
            read(b"$4\r\n\x00\xff\r\n\r\n").unwrap(),
            Reply::Bulk(b"\x00\xff\r\n".to_vec())
        );
    }

    #[test]
    fn errors_keep_the_text_of_the_server() {
        for text in [
            "WRONGTYPE Operation against a key holding the wrong kind of value",
            "ERR unknown command 'NO'",
            "ERR  two spaces",
            "NOSCRIPT No matching script. Please use EVAL.",
            "READONLY You can't write against a read only replica.",
            "MYCODE",
            "",
        ] {
            let Reply::Error(error) = read(format!("-{text}\r\n").as_bytes()).unwrap() else {
                panic!("{text} is not an error");
            };
            assert_eq!(error.text(), text);
        }
    }

    #[test]
    fn errors_do_not_repeat_what_was_sent() {
        for (told, kept) in [
            (
                "ERR unknown command 'NO', with args beginning with: 'hunter2' ",
                "ERR unknown command 'NO'",
            ),
            (
                "ERR unknown command `NO`, with args beginning with: `hunter2`, ",
                "ERR unknown command `NO`",
            ),
        ] {
            let Reply::Error(error) = read(format!("-{told}\r\n").as_bytes()).unwrap() else {
                panic!("{told} is not an error");
            };
            assert_eq!(error.text(), kept);
        }
    }

    #[test]
    fn a_number_beyond_64_bits_is_an_error_and_no_panic() {
        let error = read(b"(3492890328409238509324850943850943825024385\r\n").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
    }

    fn heard(wire: &[u8]) -> Option<Push> {
        let Value::Push { kind, data } = redis::parse_redis_value(wire).unwrap() else {
            panic!("not a push");
        };
        push(PushInfo { kind, data })
    }

    #[test]
    fn pushes_are_told_apart() {
        assert_eq!(
            heard(b">2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n"),
            Some(Push::Invalidated(vec![b"a".to_vec(), b"b".to_vec()]))
        );
        let message = Push::Message {
            channel: b"c".to_vec(),
            payload: b"hi".to_vec(),
        };
        assert_eq!(
            heard(b">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n"),
            Some(message.clone())
        );
        assert_eq!(
            heard(b">4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$1\r\nc\r\n$2\r\nhi\r\n"),
            Some(message)
        );
        assert_eq!(heard(b">3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n"), None);
    }

    #[test]
    fn an_invalidation_without_readable_keys_is_one_of_all() {
        for wire in [
            b">2\r\n$10\r\ninvalidate\r\n_\r\n".as_slice(),
            b">1\r\n$10\r\ninvalidate\r\n",
            b">2\r\n$10\r\ninvalidate\r\n*1\r\n:1\r\n",
        ] {
            assert_eq!(heard(wire), Some(Push::InvalidatedAll));
        }
    }
}
