//! A link: what one client has of the server.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use tokio::task::coop::consume_budget;

use super::command::table;
use super::fault::Faults;
use super::mailbox::Mailbox;
use super::refusal::Outcome;
use super::request::Request;
use super::session::SessionId;
use super::sweeping::keep_sweeping;
use super::turn::{Inner, Turn};
use crate::backend::pipeline::discarded;
use crate::backend::{
    Atomicity, Backend, Call, Command, Invocation, Listener, Pipeline, Push, Reply,
};
use crate::error::{Error, ErrorKind, Result};

/// A link to a [`MemoryServer`](super::MemoryServer): the backend that a Larder in this process
/// talks to.
///
/// What Redis keeps for each connection is kept for each link: name, tracking, subscriptions.
/// Clones are the same link; it ends with the last one, or by [`close`](Backend::close).
/// ```
/// # extern crate larder_runtime as larder;
/// # #[cfg(not(feature = "testing"))] fn main() {}
/// # #[cfg(feature = "testing")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::{Larder, MemoryServer};
///
/// let server = MemoryServer::new();
/// let link = server.connect();
/// let control = link.control();                         // what a test keeps in its hand
/// let larder = Larder::builder().on_memory_link(link);
/// let names = larder.store::<String>("names").durable()?;
/// names.set("anna", &"Ann".to_owned()).await?;
/// assert_eq!(control.round_trips().total(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MemoryBackend(Arc<Link>);

/// What the clones of a link share.
pub(super) struct Link {
    server: Arc<Inner>,
    session: AtomicI64,
    mailbox: Arc<Mailbox>,
    is_closed: AtomicBool,
    faults: Faults,
}

impl MemoryBackend {
    pub(super) fn new(server: Arc<Inner>) -> Self {
        let mailbox = Arc::new(Mailbox::new(server.sabotage()));
        let session = server.take_turn(|turn| turn.database().connect(Arc::clone(&mailbox)));
        Self(Arc::new(Link {
            server,
            session: AtomicI64::new(session),
            mailbox,
            is_closed: AtomicBool::new(false),
            faults: Faults::default(),
        }))
    }

    #[cfg(feature = "testing")]
    pub(super) fn link(&self) -> &Arc<Link> {
        &self.0
    }

    /// Brings one request to the server and its answer back, through whatever fault a test has put
    /// in between.
    async fn exchange<T>(
        &self,
        request: Request<'_>,
        work: impl FnOnce(&Turn<'_>, SessionId) -> T,
    ) -> Result<T> {
        let link = &*self.0;
        if link.is_closed.load(Ordering::Acquire) {
            return Err(Error::new(
                ErrorKind::Closed,
                "memory",
                "this Larder was closed",
            ));
        }
        // A caller that never has to wait would otherwise never let other tasks run.
        consume_budget().await;
        keep_sweeping(&link.server);
        let sent = link.faults.send(&link.server, request).await?;
        let session = link.session.load(Ordering::Acquire);
        let answer = link.server.take_turn(|turn| work(turn, session));
        link.faults.receive(&link.server, request, sent).await?;
        if link.server.sabotage().is_of_reads() {
            link.server
                .take_turn(|turn| turn.database().remember_late_reads(session));
        }
        Ok(answer)
    }
}

impl Backend for MemoryBackend {
    async fn run(&self, command: &Command, _: &Call) -> Result<Reply> {
        let outcome = self
            .exchange(Request::Command(command), |turn, session| {
                turn.run(session, command)
            })
            .await?;
        checked(outcome, operation(command))
    }

    async fn pipeline(&self, pipeline: &Pipeline, _: &Call) -> Result<Vec<Reply>> {
        self.exchange(Request::Pipeline, |turn, session| {
            match pipeline.atomicity() {
                Atomicity::Independent => Ok(turn.run_each(session, pipeline)),
                Atomicity::Atomic => turn.run_all(session, pipeline),
            }
        })
        .await?
        .map_err(discarded)
    }

    async fn script(&self, invocation: &Invocation<'_>, call: &Call) -> Result<Reply> {
        let outcome = self.run(invocation.command(), call).await;
        if outcome
            .as_ref()
            .is_err_and(|error| error.code() == Some("NOSCRIPT"))
        {
            let text = invocation.script().text();
            self.exchange(Request::Teach, |turn, session| {
                turn.run_words(session, &[b"SCRIPT", b"LOAD", text.as_bytes()])
            })
            .await?
            .map_err(|error| error.during("SCRIPT"))?;
            return self.run(invocation.command(), call).await;
        }
        outcome
    }

    fn listen(&self, listener: Listener) {
        self.0.mailbox.add_listener(listener);
    }

    async fn close(&self) {
        if !self.0.is_closed.swap(true, Ordering::AcqRel) {
            self.0.end_session();
            // As a connection that ends: whoever listens would wait for ever.
            self.0.mailbox.put_own(Push::Disconnected);
            self.0.mailbox.deliver();
        }
    }
}

impl fmt::Debug for MemoryBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBackend")
            .field("session", &self.0.session)
            .field("is_closed", &self.0.is_closed)
            .finish_non_exhaustive()
    }
}

impl Link {
    /// Has the server forget what it knows of this link.
    fn end_session(&self) {
        let session = self.session.load(Ordering::Acquire);
        self.server
            .take_turn(|turn| turn.database().disconnect(session));
    }
}

#[cfg(feature = "testing")]
impl Link {
    pub(super) fn faults(&self) -> &Faults {
        &self.faults
    }

    pub(super) fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// Has the server forget what it knows of this link: the connection is gone.
    pub(super) fn disconnect(&self) {
        self.end_session();
    }

    /// Makes a new connection, unless the link was closed.
    pub(super) fn reconnect(&self) {
        if self.is_closed.load(Ordering::Acquire) {
            return;
        }
        self.end_session();
        let session = self
            .server
            .take_turn(|turn| turn.database().connect(Arc::clone(&self.mailbox)));
        self.session.store(session, Ordering::Release);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.end_session();
    }
}

fn checked(outcome: Outcome, operation: &'static str) -> Result<Reply> {
    outcome.map_err(|error| error.during(operation))
}

/// The command's name as errors show it.
fn operation(command: &Command) -> &'static str {
    command
        .words()
        .next()
        .and_then(table::find_name)
        .map_or("command", |known| known.spec.name)
}
