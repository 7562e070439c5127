//! Commands that are written together, and what their replies mean.

use redis::Value;

use super::convert;
use crate::backend::pipeline::discarded;
use crate::backend::{Command, Reply};
use crate::error::Result;

/// Commands that are written together.
pub(super) fn together(commands: &[Command]) -> redis::Pipeline {
    let mut batch = redis::Pipeline::with_capacity(commands.len());
    for command in commands {
        batch.add_command(command.driver().clone());
    }
    batch
}

/// Commands between `MULTI` and `EXEC`. The driver's own transactions lose the words of a server
/// that refuses one.
pub(super) fn transaction(commands: &[Command]) -> redis::Pipeline {
    let mut transaction = redis::Pipeline::with_capacity(commands.len() + 2);
    transaction.add_command(redis::cmd("MULTI"));
    for command in commands {
        transaction.add_command(command.driver().clone());
    }
    transaction.add_command(redis::cmd("EXEC"));
    transaction
}

/// The replies inside the reply to `EXEC`; if it was refused, the first of the errors that caused it.
pub(super) fn executed(values: Vec<Value>, operation: &'static str) -> Result<Vec<Reply>> {
    let mut replies = convert::replies(values, operation)?;
    let outcome = replies.pop().unwrap_or(Reply::Nil);
    match outcome {
        Reply::Array(replies) => Ok(replies),
        refused => {
            let refusal = refused.unexpected(operation, "an array");
            let cause = replies.into_iter().find_map(|reply| match reply {
                Reply::Error(cause) => Some(cause),
                _ => None,
            });
            Err(match cause {
                Some(cause) => discarded(cause).caused_by(refusal),
                None => refusal,
            })
        }
    }
}

/// The reply of a script that was loaded just before; if it could not be loaded, why.
pub(super) fn taught(values: Vec<Value>, operation: &'static str) -> Result<Reply> {
    let mut replies = convert::replies(values, operation)?.into_iter();
    let mut next = || replies.next().unwrap_or(Reply::Nil);
    next().checked("SCRIPT LOAD")?;
    next().checked(operation)
}
