//! What all locks of one Larder share, and how one is given back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::address::LockAddress;
use super::claim::Departure;
use super::gate::Gates;
use super::renewal::Renewals;
use super::servers::Servers;
use super::spec::{LockMode, LockSpec};
use super::stats::{LockEvent, Tallies};
use crate::context::Context;

/// The pause before a lock is tried to be given back once more.
const PAUSE: Duration = Duration::from_millis(100);

/// What all locks of one Larder share.
#[derive(Debug)]
pub(crate) struct LockEngine {
    context: Arc<Context>,
    servers: Arc<Servers>,
    pub(super) renewals: Arc<Renewals>,
    pub(super) gates: Arc<Gates>,
    requests: AtomicU64,
    tallies: Arc<Tallies>,
}

impl LockEngine {
    /// Locks on these servers. The context is that of the Larder, whoever keeps them.
    pub(super) fn new(context: Arc<Context>, servers: Servers, tallies: Arc<Tallies>) -> Self {
        let servers = Arc::new(servers);
        Self {
            renewals: Arc::new(Renewals::new(Arc::clone(&context), Arc::clone(&servers))),
            servers,
            gates: Arc::default(),
            requests: AtomicU64::new(0),
            tallies,
            context,
        }
    }

    pub(super) fn servers(&self) -> &Servers {
        &self.servers
    }

    pub(super) fn context(&self) -> &Arc<Context> {
        &self.context
    }

    pub(super) fn note(&self, spec: &LockSpec, event: LockEvent) {
        self.tallies.of(spec.namespace).count(event);
    }

    /// A name that no other holder anywhere has.
    pub(super) fn next_name(&self, mode: LockMode) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let mode = match mode {
            LockMode::Write => 'w',
            LockMode::Read => 'r',
        };
        format!("{mode}{:016x}-{number:x}", self.context.identity())
    }

    /// Gives a lock or a place back in the background, until it would have ended by itself. It is
    /// sent before this returns: whatever the same task asks next is asked behind it.
    pub(super) fn leave_later(
        self: &Arc<Self>,
        address: Arc<LockAddress>,
        holder: String,
        departure: Departure,
        lease: Duration,
    ) {
        let engine = Arc::clone(self);
        self.context.background().go_on(async move {
            engine
                .keep_leaving(&address, &holder, departure, lease)
                .await;
        });
    }

    /// Waits until every lock that was given back is known to be, for as long as a command may
    /// take, and ends the connections that only locks use.
    pub(super) async fn close(&self) {
        if self.requests.load(Ordering::Relaxed) > 0 {
            self.servers.flush().await;
        }
        self.servers.close().await;
    }

    /// What is wrong with servers that only locks use.
    pub(super) async fn trouble(&self) -> Option<String> {
        self.servers.trouble().await
    }

    async fn keep_leaving(
        &self,
        address: &Arc<LockAddress>,
        holder: &str,
        departure: Departure,
        lease: Duration,
    ) {
        let clock = self.context.clock();
        let ends = clock.now() + lease;
        let within = self.context.limits().command_timeout;
        let servers = &self.servers;
        while let Err(error) = servers.leave(address, holder, departure, within).await {
            let next = clock.now() + PAUSE;
            if next >= ends || !error.is_temporary() {
                tracing::debug!(%error, "a lock could not be given back; its lease ends it");
                return;
            }
            clock.sleep_until(next).await;
        }
    }
}
