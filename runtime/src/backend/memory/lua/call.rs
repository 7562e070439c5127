//! What scripts do to the keyspace: `redis.call` and `redis.pcall`.

use std::sync::{Mutex, PoisonError};

use mlua::{BorrowedBytes, MultiValue, Value};
use smallvec::SmallVec;

use super::super::command::spec::{Action, Needs};
use super::super::command::table;
use super::super::database::{Access, Database};
use super::super::number::{format_float, parse_integer};
use super::super::refusal::{Outcome, not_an_integer};
use crate::backend::ServerError;

/// The words of a call: most have few.
type Words<'a> = SmallVec<[&'a [u8]; 8]>;

/// A word as Lua holds it.
enum Word {
    Bytes(BorrowedBytes),
    Number(String),
}

impl Word {
    /// The word, if the value can be one.
    #[allow(clippy::cast_precision_loss, reason = "it was a double in Lua, too")]
    fn new(value: &Value) -> Outcome<Self> {
        match value {
            Value::String(bytes) => Ok(Self::Bytes(bytes.as_bytes())),
            Value::Integer(number) => Ok(Self::Number(format_float(*number as f64))),
            Value::Number(number) => Ok(Self::Number(format_float(*number))),
            _ => Err(ServerError::new(
                "ERR Lua redis lib command arguments must be strings or integers",
            )),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Number(text) => text.as_bytes(),
        }
    }
}

/// Runs the command that a script calls.
pub(super) fn call(database: &Mutex<Database>, values: &MultiValue) -> Outcome {
    if values.is_empty() {
        return Err(ServerError::new(
            "ERR Please specify at least one argument for this redis lib call",
        ));
    }
    let words: SmallVec<[Word; 8]> = values.iter().map(Word::new).collect::<Outcome<_>>()?;
    let words: Words<'_> = words.iter().map(Word::bytes).collect();
    let known = match table::find(&words) {
        Ok(known) => known,
        Err(_) if table::find_name(words[0]).is_some() => {
            return Err(ServerError::new(
                "ERR Wrong number of args calling Redis command from script",
            ));
        }
        Err(_) => {
            return Err(ServerError::new(
                "ERR Unknown Redis command called from script",
            ));
        }
    };
    let Action::Keyspace(handler) = known.spec.action else {
        return Err(ServerError::new(
            "ERR This Redis command is not allowed from script",
        ));
    };
    let mut database = database.lock().unwrap_or_else(PoisonError::into_inner);
    let is_write = matches!(known.spec.needs, Needs::Write | Needs::WriteAndMemory);
    if is_write && database.step.access == Access::ReadOnly {
        return Err(ServerError::new(
            "ERR Write commands are not allowed from read-only scripts.",
        ));
    }
    known.run(handler, &mut database, &words[1..])
}

/// The keys and the arguments of a script.
pub(super) struct Given<'words, 'bytes> {
    pub(super) keys: &'words [&'bytes [u8]],
    pub(super) arguments: &'words [&'bytes [u8]],
}

impl<'words, 'bytes> Given<'words, 'bytes> {
    /// What stands behind the text or the digest of `EVAL` and `EVALSHA`.
    pub(super) fn parse(words: &'words [&'bytes [u8]]) -> Outcome<Self> {
        let (count, rest) = words.split_first().ok_or_else(not_an_integer)?;
        let count = parse_integer(count).ok_or_else(not_an_integer)?;
        let count = usize::try_from(count)
            .map_err(|_| ServerError::new("ERR Number of keys can't be negative"))?;
        let (keys, arguments) = rest.split_at_checked(count).ok_or_else(|| {
            ServerError::new("ERR Number of keys can't be greater than number of args")
        })?;
        Ok(Self { keys, arguments })
    }
}
