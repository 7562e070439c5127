//! A command: a name and its arguments, as bytes.

use std::fmt;

use super::words::Words;
use crate::key::{Key, TagKey};

/// One command of the Redis protocol.
///
/// ```ignore
/// let get = Command::new("GET").arg(key);
/// ```
#[derive(Clone)]
pub struct Command {
    words: Words,
    name: &'static str,
    company: Company,
}

/// Whether others may be asked for in the same command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Company {
    Alone,
    WithOthers,
}

impl Command {
    /// The command of this name, without arguments.
    pub fn new(name: &'static str) -> Self {
        let mut words = Words::new();
        words.push(name);
        Self {
            words,
            name,
            company: Company::Alone,
        }
    }

    /// The same `GET` or `MGET`, which a backend may send as one command with those of other
    /// callers. A key that holds no string then holds nothing, where a `GET` of its own would be
    /// refused: whoever asks like this takes both for the same.
    #[must_use]
    pub fn with_others(mut self) -> Self {
        self.company = Company::WithOthers;
        self
    }

    /// The command with one more argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Argument) -> Self {
        argument.write_to(&mut self);
        self
    }

    /// The command with these arguments more.
    #[must_use]
    pub fn args<A: Argument>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        for argument in arguments {
            argument.write_to(&mut self);
        }
        self
    }

    /// Name and arguments, in order.
    pub fn words(&self) -> impl Iterator<Item = &[u8]> {
        self.words.iter()
    }

    /// The name, for messages; the arguments are never shown, they may be secret.
    pub fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn driver(&self) -> &redis::Cmd {
        self.words.driver()
    }

    pub(super) fn company(&self) -> Company {
        self.company
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arguments = self.words().count().saturating_sub(1);
        write!(f, "Command({}, {arguments} arguments)", self.name())
    }
}

/// What can be an argument of a [`Command`].
pub trait Argument {
    /// Puts the argument behind those that are there.
    fn write_to(&self, command: &mut Command);
}

impl<A: Argument + ?Sized> Argument for &A {
    fn write_to(&self, command: &mut Command) {
        (**self).write_to(command);
    }
}

/// Whatever the driver writes as it is.
macro_rules! argument {
    ($($ty:ty),+) => {$(
        impl Argument for $ty {
            fn write_to(&self, command: &mut Command) {
                command.words.push(self);
            }
        }
    )+};
}

argument!(str, String, [u8], Vec<u8>, u32, u64, usize, i64, f64);

impl Argument for Key {
    fn write_to(&self, command: &mut Command) {
        self.as_bytes().write_to(command);
    }
}

impl Argument for TagKey {
    fn write_to(&self, command: &mut Command) {
        self.as_bytes().write_to(command);
    }
}
