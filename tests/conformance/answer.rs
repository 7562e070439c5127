//! What a server answered, made comparable.

use std::fmt;

use larder_runtime::backend::{Reply, ServerError};
use larder_runtime::error::{Error, ErrorKind, Result};

/// How far two remaining times to live may be apart: real time passes between the two servers, and
/// a machine may be busy.
const SLACK_MILLISECONDS: i64 = 5_000;

/// A reply or a refusal, from a command, a pipeline or a script.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    Reply(Reply),
    Refusal(ErrorKind, String),
}

impl Answer {
    /// The answer of a single call.
    pub(crate) fn of(result: Result<Reply>) -> Self {
        match result.and_then(|reply| reply.checked("conformance")) {
            Ok(reply) => Self::Reply(reply),
            Err(error) => Self::refusal(&error),
        }
    }

    fn refusal(error: &Error) -> Self {
        Self::Refusal(error.kind(), error.message().to_owned())
    }

    /// The answer as a script can pass it on: the numbers of Lua 5.1 are exact up to 2^53 only, and
    /// what becomes of larger ones depends on the processor.
    pub(crate) fn through_lua(self) -> Self {
        match self {
            Self::Reply(Reply::Int(number)) if number.unsigned_abs() > 1 << 53 => {
                Self::Reply(Reply::Status("a number beyond 2^53".to_owned()))
            }
            other => other,
        }
    }

    /// The answer with each time that lies within the slack of the other's replaced by the other's:
    /// numbers, scores, and counts that began at a time. Only times are that large in the answers
    /// of the product's scripts, and in what they store.
    pub(crate) fn at_the_time_of(self, other: &Self) -> Self {
        match (self, other) {
            (Self::Reply(reply), Self::Reply(other)) => Self::Reply(at_the_time_of(reply, other)),
            (answer, _) => answer,
        }
    }

    /// The answer as servers of any version give it: the words of an error change, its code does
    /// not.
    pub(crate) fn without_wording(self) -> Self {
        match self {
            Self::Reply(reply) => Self::Reply(without_wording(reply)),
            Self::Refusal(kind, message) => {
                Self::Refusal(kind, ServerError::new(message).code().to_owned())
            }
        }
    }

    /// Whether it is an error.
    pub(crate) fn is_error(&self) -> bool {
        matches!(self, Self::Refusal(..))
    }

    /// Whether the command was refused for its shape alone, before anybody looked at what is
    /// stored.
    pub(crate) fn is_refused_unread(&self) -> bool {
        let Self::Refusal(_, message) = self else {
            return false;
        };
        [
            "ERR wrong number of arguments",
            "ERR unknown command",
            "ERR unknown subcommand",
        ]
        .iter()
        .any(|beginning| message.starts_with(beginning))
    }

    /// Whether both servers said the same to the command of this name.
    pub(crate) fn agrees(&self, other: &Self, command: &str) -> bool {
        match (self, other) {
            (Self::Reply(one), Self::Reply(other)) => match unit_of_time(command) {
                Some(unit) => same_time(one, other, unit),
                None => ordered(command, one.clone()) == ordered(command, other.clone()),
            },
            (one, other) => one == other,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reply(reply) => show(reply, f),
            Self::Refusal(kind, message) => write!(f, "{kind:?}: {message}"),
        }
    }
}

/// How many milliseconds the unit is in which a command answers a time; `None` for all others.
fn unit_of_time(command: &str) -> Option<i64> {
    match command.to_ascii_uppercase().as_str() {
        "TTL" | "EXPIRETIME" => Some(1_000),
        "PTTL" | "PEXPIRETIME" => Some(1),
        _ => None,
    }
}

fn without_wording(reply: Reply) -> Reply {
    let each = |replies: Vec<Reply>| replies.into_iter().map(without_wording).collect();
    match reply {
        Reply::Error(error) => Reply::Error(ServerError::new(error.code())),
        Reply::Array(replies) => Reply::Array(each(replies)),
        other => other,
    }
}

fn same_time(one: &Reply, other: &Reply, unit: i64) -> bool {
    match (one, other) {
        // Below zero there is no time but a reason: no key, or no end.
        (Reply::Int(one), Reply::Int(other)) if *one >= 0 && *other >= 0 => {
            (one - other).saturating_mul(unit).abs() <= SLACK_MILLISECONDS
        }
        (one, other) => one == other,
    }
}

fn at_the_time_of(reply: Reply, other: &Reply) -> Reply {
    match (reply, other) {
        (Reply::Int(one), Reply::Int(other))
            if one.min(*other) > SLACK_MILLISECONDS
                && same_time(&Reply::Int(one), &Reply::Int(*other), 1) =>
        {
            Reply::Int(*other)
        }
        (Reply::Int(one), Reply::Int(other))
            if are_same_moments(one.to_string().as_bytes(), other.to_string().as_bytes()) =>
        {
            Reply::Int(*other)
        }
        (Reply::Double(one), Reply::Double(other)) if is_same_moment(one, *other) => {
            Reply::Double(*other)
        }
        (Reply::Bulk(one), Reply::Bulk(other)) if are_same_moments(&one, other) => {
            Reply::Bulk(other.clone())
        }
        (Reply::Map(pairs), Reply::Map(others)) if pairs.len() == others.len() => {
            let value = |name: &Reply| {
                let found = others.iter().find(|(other, _)| other == name);
                found.map(|(_, value)| value)
            };
            let at_the_time = |(name, reply): (Reply, Reply)| {
                let reply = match value(&name) {
                    Some(other) => at_the_time_of(reply, other),
                    None => reply,
                };
                (name, reply)
            };
            Reply::Map(pairs.into_iter().map(at_the_time).collect())
        }
        (Reply::Array(replies), Reply::Array(others)) if replies.len() == others.len() => {
            let pairs = replies.into_iter().zip(others);
            Reply::Array(
                pairs
                    .map(|(reply, other)| at_the_time_of(reply, other))
                    .collect(),
            )
        }
        (reply, _) => reply,
    }
}

/// Whether these are times since 1970, in milliseconds or microseconds, within the slack of five
/// seconds of each other.
fn is_same_moment(one: f64, other: f64) -> bool {
    let unit = if one > 1e15 { 1e3 } else { 1.0 };
    // Beyond 2^53 a float is not exact any more.
    one.min(other) > 1e12 && one.max(other) < 9e15 && (one - other).abs() <= 5e3 * unit
}

/// Whether these are such times and other numbers, as locks hold them: `{since}+{lease}:{fence}`.
fn are_same_moments(one: &[u8], other: &[u8]) -> bool {
    let parts = |bytes: &[u8]| -> Option<Vec<f64>> {
        bytes
            .split(|byte| b":+".contains(byte))
            .map(digits)
            .collect()
    };
    let (Some(one), Some(other)) = (parts(one), parts(other)) else {
        return false;
    };
    let mut pairs = one.iter().zip(&other);
    #[allow(clippy::float_cmp, reason = "digits, not results")]
    let is_same = |(one, other): (&f64, &f64)| one == other || is_same_moment(*one, *other);
    one.len() == other.len() && pairs.all(is_same)
}

fn digits(bytes: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(bytes).ok()?;
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// The reply with its elements in one order, where the command promises none.
fn ordered(command: &str, reply: Reply) -> Reply {
    let unordered = matches!(
        command.to_ascii_uppercase().as_str(),
        "KEYS"
            | "HKEYS"
            | "HVALS"
            | "SMEMBERS"
            | "SINTER"
            | "SUNION"
            | "SDIFF"
            | "SPOP"
            | "SRANDMEMBER"
    );
    match reply {
        Reply::Set(elements) => Reply::Set(sorted(elements)),
        Reply::Map(pairs) => Reply::Map(sorted(pairs)),
        Reply::Array(elements) if unordered => Reply::Array(sorted(elements)),
        // A script sees a map as names and values in turn.
        Reply::Array(elements) if command.eq_ignore_ascii_case("HGETALL") => {
            let pairs = sorted(elements.chunks(2).map(<[Reply]>::to_vec).collect());
            Reply::Array(pairs.concat())
        }
        other => other,
    }
}

fn sorted<T: fmt::Debug>(mut elements: Vec<T>) -> Vec<T> {
    elements.sort_by_key(|element| format!("{element:?}"));
    elements
}

/// As `Debug`, with bytes as text.
fn show(reply: &Reply, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let list = |f: &mut fmt::Formatter<'_>, name: &str, replies: &[Reply]| {
        write!(f, "{name}[")?;
        for (index, reply) in replies.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            show(reply, f)?;
        }
        f.write_str("]")
    };
    match reply {
        Reply::Bulk(bytes) => write!(f, "\"{}\"", bytes.escape_ascii()),
        Reply::Array(replies) => list(f, "Array", replies),
        Reply::Set(replies) => list(f, "Set", replies),
        Reply::Map(pairs) => {
            let flat: Vec<Reply> = pairs
                .iter()
                .flat_map(|(k, v)| [k.clone(), v.clone()])
                .collect();
            list(f, "Map", &flat)
        }
        other => write!(f, "{other:?}"),
    }
}
