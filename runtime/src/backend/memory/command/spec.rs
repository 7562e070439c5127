//! What is known of a command: what it is called, takes, needs and does.

use super::super::database::{Access, Database};
use super::super::eviction::Room;
use super::super::refusal::{Outcome, out_of_memory};

/// What runs a command: the words behind its name, already as many as it takes.
pub(in super::super) type Handler = fn(&mut Database, &[&[u8]]) -> Outcome;

/// One command.
#[derive(Debug)]
pub(in super::super) struct Spec {
    /// The name in upper case.
    pub(in super::super) name: &'static str,
    pub(super) arity: Arity,
    /// What it does to the keyspace.
    pub(in super::super) needs: Needs,
    /// Which of its words are keys.
    pub(in super::super) keys: Keys,
    /// What runs it.
    pub(in super::super) action: Action,
}

/// A command of the table with its number there.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Known {
    pub(in super::super) spec: &'static Spec,
    pub(in super::super) number: usize,
}

/// How many words stand behind the name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Arity {
    Exactly(usize),
    AtLeast(usize),
}

/// What a command does to the keyspace: Redis' flags `readonly`, `write` and `denyoom`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Needs {
    /// Neither reads nor writes keys.
    Nothing,
    /// Reads keys.
    Read,
    /// Changes keys, but never takes more memory.
    Write,
    /// Changes keys and may take more memory.
    WriteAndMemory,
}

/// Which words are keys.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Keys {
    None,
    First,
    FirstTwo,
    All,
    EverySecond,
}

/// What runs a command.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Action {
    /// A function of the keyspace, which scripts may call, too.
    Keyspace(Handler),
    /// A function of the connection or of the server as a whole, which scripts may not call.
    Connection(Handler),
    /// The Lua machine.
    Script(ScriptCommand),
}

/// What is asked of the Lua machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum ScriptCommand {
    /// Run this text.
    Eval(Access),
    /// Run the text of this digest.
    EvalSha(Access),
    /// `SCRIPT` and its subcommands.
    Manage,
}

impl Keys {
    /// The keys among the words behind the name.
    pub(in super::super) fn of<'a, 'b>(
        self,
        arguments: &'a [&'b [u8]],
    ) -> impl Iterator<Item = &'b [u8]> + use<'a, 'b> {
        let (end, step) = match self {
            Self::None => (0, 1),
            Self::First => (1, 1),
            Self::FirstTwo => (2, 1),
            Self::All => (arguments.len(), 1),
            Self::EverySecond => (arguments.len(), 2),
        };
        arguments.iter().take(end).step_by(step).copied()
    }
}

impl Known {
    /// Runs it by its handler.
    pub(in super::super) fn run(
        self,
        handler: Handler,
        database: &mut Database,
        arguments: &[&[u8]],
    ) -> Outcome {
        if self.spec.needs == Needs::WriteAndMemory && database.step.room == Room::Full {
            return Err(out_of_memory());
        }
        self.count(database);
        let outcome = handler(database, arguments);
        if self.spec.needs == Needs::Read {
            database.remember_reads(self.spec.keys.of(arguments));
        }
        database.collect_notices();
        outcome
    }

    /// Counts that it ran.
    pub(in super::super) fn count(self, database: &mut Database) {
        database.count_call(self.number, self.spec.name);
    }
}
