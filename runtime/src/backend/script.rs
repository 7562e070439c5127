//! A script: one atomic step, written once in Lua for every backend.

use super::{Argument, Command};

/// The text of a script and its name on the server.
#[derive(Debug, Clone)]
pub struct Script {
    text: &'static str,
    sha1: String,
}

/// A script with the keys and arguments of one call.
#[derive(Debug, Clone)]
pub struct Invocation<'script> {
    script: &'script Script,
    command: Command,
}

impl Script {
    /// The script with this text.
    pub fn new(text: &'static str) -> Self {
        Self {
            text,
            sha1: redis::Script::new(text).get_hash().to_owned(),
        }
    }

    /// The text, as the server is taught it.
    pub fn text(&self) -> &'static str {
        self.text
    }

    /// The digest by which the server knows it.
    pub fn sha1(&self) -> &str {
        &self.sha1
    }

    /// One call of the script with these `KEYS`.
    pub fn on<K: Argument>(&self, keys: &[K]) -> Invocation<'_> {
        Invocation {
            script: self,
            command: Command::new("EVALSHA")
                .arg(&self.sha1)
                .arg(keys.len())
                .args(keys),
        }
    }
}

impl<'script> Invocation<'script> {
    /// The call with one more `ARGV`.
    #[must_use]
    pub fn arg(mut self, argument: impl Argument) -> Self {
        self.command = self.command.arg(argument);
        self
    }

    /// The script that is called.
    pub fn script(&self) -> &'script Script {
        self.script
    }

    /// The call as an `EVALSHA` command.
    pub fn command(&self) -> &Command {
        &self.command
    }

    /// The call as an `EVAL` command, which the server knows by its digest from then on.
    pub fn in_full(&self) -> Command {
        let rest = self.command.words().skip(2);
        Command::new("EVAL").arg(self.script.text).args(rest)
    }
}
