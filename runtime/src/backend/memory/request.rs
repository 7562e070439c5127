//! What travels over a link.

use crate::backend::Command;

/// A request on its way to the server.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    not(feature = "testing"),
    allow(dead_code, reason = "only a test looks at what passes")
)]
pub(crate) enum Request<'call> {
    /// One command; a script is an `EVALSHA`.
    Command(&'call Command),
    /// Commands that travel together.
    Pipeline,
    /// A script that the server does not know yet.
    Teach,
}

#[cfg(feature = "testing")]
impl Request<'_> {
    /// The name by which round trips are counted: a command's, whatever the others carry.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Command(command) => command.name(),
            Self::Pipeline => "PIPELINE",
            Self::Teach => "SCRIPT",
        }
    }
}
