//! What all locks of one Larder share, and how one is taken and given back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::address::LockAddress;
use super::gate::Gates;
use super::hold::Hold;
use super::quorum::Obstacle;
use super::renewal::Renewals;
use super::request::Request;
use super::servers::{Departure, Servers};
use super::spec::{LockFairness, LockMode, LockSpec};
use super::stats::{LockEvent, Tallies};
use crate::clock::Moment;
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};

/// The pause before a lock is tried to be given back once more.
const PAUSE: Duration = Duration::from_millis(100);
const OPERATION: &str = "lock";

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
        self.context.in_background(async move {
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

    /// Gets the lock within the time that its declaration gives it.
    pub(super) async fn acquire(
        self: &Arc<Self>,
        spec: LockSpec,
        address: Arc<LockAddress>,
        patience: Moment,
    ) -> Result<(Request, Arc<Hold>)> {
        let mut request = Request::new(Arc::clone(self), spec, address);
        let answer = match spec.fairness {
            LockFairness::Fair if !spec.wait.is_zero() => {
                self.wait_in_line(&mut request, patience).await
            }
            _ => self.wait_at_gate(&mut request, patience).await,
        };
        match answer {
            Ok(hold) => {
                self.note(&spec, LockEvent::Acquired);
                self.renewals.add(Arc::clone(&hold));
                Ok((request, hold))
            }
            Err(error) => {
                let event = match error.kind() {
                    ErrorKind::LockBusy => LockEvent::Busy,
                    _ => LockEvent::Failed,
                };
                if event == LockEvent::Failed {
                    self.context.degradation().failed(&error);
                }
                self.note(&spec, event);
                Err(error)
            }
        }
    }

    /// Gets several locks, or none. Everybody takes them in the same order, so that nobody waits in
    /// a circle.
    pub(super) async fn acquire_all(
        self: &Arc<Self>,
        spec: LockSpec,
        mut addresses: Vec<Arc<LockAddress>>,
    ) -> Result<Vec<(Request, Arc<Hold>)>> {
        spec.check()?;
        let patience = self.context.clock().now() + spec.wait;
        addresses.sort_by(|one, other| one.lock.as_bytes().cmp(other.lock.as_bytes()));
        addresses.dedup_by(|one, other| one.lock == other.lock);
        let mut held = Vec::with_capacity(addresses.len());
        for address in addresses {
            // Those before are given back if one of them cannot be had.
            held.push(self.acquire(spec, address, patience).await?);
        }
        Ok(held)
    }
}

/// The error of who has waited enough.
pub(super) fn busy(request: &Request, obstacle: Obstacle) -> Error {
    let wait = request.spec.wait;
    let error = match obstacle {
        Obstacle::Holders => Error::new(
            ErrorKind::LockBusy,
            OPERATION,
            format!(
                "another holds the lock, and it was not free within {wait:?}: try again, or wait longer with `wait`"
            ),
        ),
        Obstacle::Newcomers => Error::new(
            ErrorKind::Unreachable,
            OPERATION,
            format!(
                "servers of the quorum have only just begun to remember, as after a restart: until they have for a lease, {:?}, all the others are needed",
                request.spec.lease
            ),
        ),
    };
    error.with("lock", &request.address.lock)
}
