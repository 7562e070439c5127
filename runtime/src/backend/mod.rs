//! Where data lives: the one trait, and what passes through it.
//!
//! A backend does four things: run a command, run a pipeline, run a script, deliver pushes.
//! Everything else that Larder does is made of these four, so that Redis and the embedded server
//! cannot drift apart and a layer is written once.

use std::future::Future;

use crate::clock::Moment;
use crate::error::Result;

pub(crate) mod any;
pub(crate) mod command;
pub(crate) mod erased;
pub(crate) mod pipeline;
pub(crate) mod push;
pub(crate) mod reply;
pub(crate) mod script;
mod words;

#[cfg(feature = "memory")]
pub mod memory;
pub mod redis;

pub use command::{Argument, Command};
pub use erased::SharedBackend;
pub use pipeline::{Atomicity, Pipeline};
pub use push::{Listener, Push};
pub use reply::{Reply, ServerError};
pub use script::{Invocation, Script};

/// A server that keeps data, or a layer over one.
///
/// # Behavior
/// * Every method ends by [`Call::deadline`] or soon after, whatever the server does: the deadline
///   layer drops the future.
/// * A future may be dropped at any await. The command may then have run on the server, or not, but
///   never half.
/// * Nothing is sent twice, unless the server is known not to have run it.
/// * Nothing panics on what a server sends.
pub trait Backend: Send + Sync + 'static {
    /// Runs one command. An error reply of the server is an `Err`.
    fn run(&self, command: &Command, call: &Call) -> impl Future<Output = Result<Reply>> + Send;

    /// Runs commands in one round trip, in order and with nothing of this connection between them.
    /// The replies stand in the order of the commands; an error reply stands in its command's place
    /// as [`Reply::Error`] and does not stop the others.
    fn pipeline(
        &self,
        pipeline: &Pipeline,
        call: &Call,
    ) -> impl Future<Output = Result<Vec<Reply>>> + Send;

    /// Runs a script in one atomic step. A server that does not know the script is taught it.
    fn script(
        &self,
        invocation: &Invocation<'_>,
        call: &Call,
    ) -> impl Future<Output = Result<Reply>> + Send;

    /// Has `listener` called for every push from now on, in the order of their arrival. It must not
    /// block.
    fn listen(&self, listener: Listener);

    /// Ends the connections. Calls from now on are
    /// [`ErrorKind::Closed`](crate::error::ErrorKind::Closed).
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// What one call to a backend may cost and what may be done for it.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// When the caller stops waiting.
    pub deadline: Moment,
    /// Whether it may be sent again after a failure that leaves open whether it ran.
    pub resend: Resend,
}

/// Whether a call may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resend {
    /// Once only: running it twice is not the same as running it once.
    Never,
    /// Until the deadline: running it twice is the same as running it once.
    Idempotent,
}
