//! Commands that travel together.

use super::{Command, ServerError};
use crate::error::Error;

/// Commands that are sent in one round trip.
#[derive(Debug, Clone)]
pub struct Pipeline {
    commands: Vec<Command>,
    atomicity: Atomicity,
}

/// Whether other clients can see a pipeline half done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Atomicity {
    /// Each command for itself.
    Independent,
    /// All in one step (`MULTI` and `EXEC`); the replies are still one a command.
    Atomic,
}

impl Pipeline {
    /// No commands yet.
    pub fn new(atomicity: Atomicity) -> Self {
        Self {
            commands: Vec::new(),
            atomicity,
        }
    }

    /// The pipeline with one command more.
    #[must_use]
    pub fn then(mut self, command: Command) -> Self {
        self.commands.push(command);
        self
    }

    /// The commands, in order.
    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    /// Whether other clients can see it half done.
    pub fn atomicity(&self) -> Atomicity {
        self.atomicity
    }
}

/// The error of an atomic pipeline that the server refused whole: why it would not have one of the
/// commands, which says whether the same may be done later. That the others were not done either
/// says no more than `EXECABORT` does.
pub(super) fn discarded(cause: ServerError) -> Error {
    let error = cause.during("EXEC");
    error.with("transaction", "discarded, nothing of it was done")
}
