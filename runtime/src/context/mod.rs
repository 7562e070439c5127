//! What every feature needs and nothing of any one: the backend stack, the clock, the limits, the
//! metrics.

use std::sync::Arc;
use std::time::Duration;

use crate::backend::any::AnyBackend;
use crate::backend::{Backend, Call, Command, Listener, Resend};
use crate::clock::Clock;
use crate::error::Result;
use crate::layers::{Deadline, Retry};
use crate::metrics::Metrics;

mod background;
mod budget;
mod clear;
mod cursor;
mod degradation;
mod lookout;
mod questions;
mod server_time;
mod subscription;
mod watch;
mod watcher;

pub(crate) use background::Background;
pub(crate) use budget::{Budget, Unspent};
pub(crate) use cursor::Cursor;
pub(crate) use degradation::Degradation;
use lookout::Lookout;
pub(crate) use questions::Question;
pub(crate) use server_time::ServerTime;
use subscription::Subscriptions;
pub(crate) use subscription::{Announced, Subscription, nobody_is_woken};
use watch::Watch;
pub(crate) use watcher::Heard;

/// How long calls may take and how large values may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// What one call of an annotated function may spend on the backend, above its body.
    pub(crate) call_budget: Duration,
    /// What one explicit operation, such as an invalidation, may take.
    pub(crate) command_timeout: Duration,
    /// The largest value that is stored or read, in bytes.
    pub(crate) max_value_bytes: usize,
}

/// A backend under the layers.
pub(crate) type Layered = Retry<Deadline<AnyBackend>>;

/// The ground that the features of one Larder stand on.
#[derive(Debug)]
pub(crate) struct Context {
    backend: Layered,
    clock: Clock,
    limits: Limits,
    identity: u64,
    metrics: Metrics,
    degradation: Degradation,
    server_time: ServerTime,
    watch: Arc<Watch>,
    subscriptions: Arc<Subscriptions>,
    /// The number of the database, which the server's own channels bear.
    database: u32,
    lookout: Arc<Lookout>,
    background: Background,
}

impl Context {
    /// Puts the layers over this backend.
    pub(crate) fn new(
        backend: AnyBackend,
        clock: Clock,
        limits: Limits,
        identity: u64,
    ) -> Arc<Self> {
        let watch = Arc::new(Watch::default());
        let subscriptions = Arc::new(Subscriptions::default());
        let listeners = (Arc::clone(&watch), Arc::clone(&subscriptions));
        backend.listen(Listener::new(move |push| {
            listeners.0.hear(push);
            listeners.1.hear(push);
        }));
        let database = backend.database();
        let background = Background::new(backend.runtime().cloned());
        let lookout = Arc::new(Lookout::new(clock.clone()));
        let stack = Retry::new(Deadline::new(backend, clock.clone()), clock.clone());
        Arc::new(Self {
            backend: stack,
            server_time: ServerTime::new(clock.clone()),
            clock,
            limits,
            identity,
            metrics: Metrics::default(),
            degradation: Degradation::default(),
            watch,
            subscriptions,
            database,
            lookout,
            background,
        })
    }

    /// The backend under its layers.
    pub(crate) fn backend(&self) -> &Layered {
        &self.backend
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What tells this Larder from every other one, wherever it runs.
    pub(crate) fn identity(&self) -> u64 {
        self.identity
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub(crate) fn degradation(&self) -> &Degradation {
        &self.degradation
    }

    /// The number of the newest connection. It is another before anybody can ask on a new one.
    fn connection(&self) -> u64 {
        self.backend.inner().inner().generation()
    }

    pub(crate) fn database(&self) -> u32 {
        self.database
    }

    pub(crate) fn server_time(&self) -> &ServerTime {
        &self.server_time
    }

    /// What goes on when nobody waits for it.
    pub(crate) fn background(&self) -> &Background {
        &self.background
    }

    /// Waits until nothing goes on in the background, for as long as a command may take.
    pub(crate) async fn background_is_done(&self) {
        let deadline = self.command_call(Resend::Never).deadline;
        let _ = self
            .clock
            .timeout_at(deadline, self.background.done())
            .await;
    }

    /// A call that may take as long as an explicit operation may.
    pub(crate) fn command_call(&self, resend: Resend) -> Call {
        Call {
            deadline: self.clock.now() + self.limits.command_timeout,
            resend,
        }
    }

    /// Ends the connection. What keeps it may be a task of a runtime that nobody drives, which is
    /// waited for as long as an explicit operation may take.
    pub(crate) async fn close(&self) {
        let deadline = self.command_call(Resend::Never).deadline;
        let closed = self.clock.timeout_at(deadline, self.backend.close());
        if closed.await.is_err() {
            tracing::warn!(
                "the connection was not given back in time: drive the runtime that the Larder was made in while closing it"
            );
        }
    }

    /// Asks the server for its time, if it was never heard.
    pub(crate) async fn hear_server_time(&self) -> Result<()> {
        let call = self.command_call(Resend::Idempotent);
        self.hear_server_time_by(&call).await
    }

    /// The same, by this call.
    pub(crate) async fn hear_server_time_by(&self, call: &Call) -> Result<()> {
        if self.server_time.now() > 0 {
            return Ok(());
        }
        let time = Command::new("TIME");
        let reply = self.backend.run(&time, call).await?;
        self.server_time.hear(reply)?;
        Ok(())
    }
}
