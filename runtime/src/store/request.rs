//! What an operation asks the server.

use super::engine::StoreEngine;
use crate::backend::{Backend, Call, Command, Invocation, Reply, Script};
use crate::error::Result;
use crate::key::Key;

/// One question, which may be asked alone or in a pipeline.
#[derive(Debug)]
pub(super) enum Request {
    /// A command.
    Command(Command),
    /// A command that gives its key this end, in milliseconds, if it makes the key.
    Create(Addition, u64),
}

/// A command that adds to its key, and makes it if it is not there.
#[derive(Debug)]
pub(super) struct Addition {
    command: &'static str,
    key: Key,
    tally: Tally,
    arguments: Vec<Vec<u8>>,
}

/// What is answered, also when a command with many arguments is run in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tally {
    /// The sum of the parts' answers.
    Sum,
    /// The last part's answer.
    Last,
    /// What the counter has come to.
    Counter,
}

/// Whether the server has been taught the script of additions in this pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taught {
    /// It has to be told the text.
    No,
    /// The digest will do.
    Yes,
}

impl Request {
    /// What errors call it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Command(command) => command.name(),
            Self::Create(addition, _) => addition.command,
        }
    }

    /// The key that it is about.
    pub(super) fn key(&self) -> &[u8] {
        match self {
            // Behind its name.
            Self::Command(command) => command.words().nth(1).unwrap_or_default(),
            Self::Create(addition, _) => addition.key.as_bytes(),
        }
    }

    /// Asks it alone.
    pub(super) async fn ask(&self, engine: &StoreEngine, call: &Call) -> Result<Reply> {
        let backend = engine.context().backend();
        match self {
            Self::Command(command) => backend.run(command, call).await,
            Self::Create(addition, ttl_millis) => {
                let invocation = addition.invocation(&engine.create, *ttl_millis);
                backend.script(&invocation, call).await
            }
        }
    }

    /// The command that asks it in a pipeline. There, a server that does not know the script cannot
    /// be taught afterwards: the first question brings the text.
    pub(super) fn into_command(self, engine: &StoreEngine, taught: &mut Taught) -> Command {
        match self {
            Self::Command(command) => command,
            Self::Create(addition, ttl_millis) => {
                let invocation = addition.invocation(&engine.create, ttl_millis);
                match std::mem::replace(taught, Taught::Yes) {
                    Taught::Yes => invocation.command().clone(),
                    Taught::No => Command::new("EVAL")
                        .arg(engine.create.text())
                        .args(invocation.command().words().skip(2)),
                }
            }
        }
    }
}

impl Addition {
    /// The command of this name on this key, without arguments.
    pub(super) fn new(command: &'static str, key: Key, tally: Tally) -> Self {
        Self {
            command,
            key,
            tally,
            arguments: Vec::new(),
        }
    }

    /// The command with one argument more.
    pub(super) fn arg(mut self, argument: impl Into<Vec<u8>>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// The command's name.
    pub(super) fn name(&self) -> &'static str {
        self.command
    }

    /// Whether it would add nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.arguments.is_empty()
    }

    /// The key that it adds to.
    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    /// As it is asked if the key gets no end.
    pub(super) fn into_command(self) -> Command {
        Command::new(self.command)
            .arg(&self.key)
            .args(&self.arguments)
    }

    fn invocation<'script>(&self, script: &'script Script, ttl_millis: u64) -> Invocation<'script> {
        let tally = match self.tally {
            Tally::Sum => "sum",
            Tally::Last => "last",
            Tally::Counter => "counter",
        };
        let question = script
            .on(&[&self.key])
            .arg(ttl_millis)
            .arg(self.command)
            .arg(tally);
        self.arguments.iter().fold(question, Invocation::arg)
    }
}
