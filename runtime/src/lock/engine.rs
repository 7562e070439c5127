//! Asks the server: one script that takes and leaves, and one that renews.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context as Task, Waker};
use std::time::Duration;

use tokio::runtime::Handle;

use super::address::LockAddress;
use super::gate::Gates;
use super::hold::Hold;
use super::renewal::Renewals;
use super::request::Request;
use super::spec::{LockFairness, LockSpec};
use super::stats::{LockEvent, LockStats, Tallies};
use crate::backend::{Backend, Call, Command, Reply, Resend, Script};
use crate::clock::Moment;
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};

/// How long whoever's turn it is has to come. It is how long a waiter that has died stands in the way.
pub(super) const CLAIM: Duration = Duration::from_secs(1);
/// How long the last fence of a lock is kept after its last use. Even without it fences grow, unless the server's clock is set back.
const FENCE_KEPT: Duration = Duration::from_hours(24 * 30);
/// The pause before a lock is tried to be given back once more.
const PAUSE: Duration = Duration::from_millis(100);
const OPERATION: &str = "lock";

/// What all locks of one Larder share.
#[derive(Debug)]
pub(crate) struct LockEngine {
    context: Arc<Context>,
    turn: Script,
    pub(super) renewals: Arc<Renewals>,
    pub(super) gates: Arc<Gates>,
    requests: AtomicU64,
    tallies: Tallies,
}

/// What the server says to a request.
#[derive(Debug)]
pub(super) enum Answer {
    Held(Arc<Hold>),
    /// Others have it, for so long unless they renew it.
    Busy(Duration),
}

/// What is asked of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// The lock, if it is free.
    Take,
    /// The lock, or else a place in the queue.
    Queue,
}

impl LockEngine {
    /// Locks on this ground.
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self {
            turn: Script::new(include_str!("turn.lua")),
            renewals: Arc::new(Renewals::new(Arc::clone(&context))),
            gates: Arc::default(),
            requests: AtomicU64::new(0),
            tallies: Tallies::default(),
            context,
        }
    }

    pub(super) fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// What has happened to the locks of a namespace.
    pub(crate) fn stats(&self, namespace: &str) -> LockStats {
        self.tallies.stats(namespace)
    }

    pub(super) fn note(&self, spec: &LockSpec, event: LockEvent) {
        self.tallies.of(spec.namespace).count(event);
    }

    /// A name that no other request anywhere has.
    pub(super) fn next_name(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}-{number:x}", self.context.identity())
    }

    /// Asks for the lock once. To be sure until when it is held, the moment before the question counts.
    pub(super) async fn ask(&self, request: &mut Request, verb: Verb) -> Result<Answer> {
        let context = &self.context;
        let word = match verb {
            Verb::Take => "take",
            Verb::Queue => "queue",
        };
        let address = &request.address;
        let keys = [address.lock.as_bytes(), &address.fence, &address.queue];
        let question = self
            .turn
            .on(&keys)
            .arg(word)
            .arg(&request.holder)
            .arg(millis(request.spec.lease))
            .arg(millis(request.spec.wait).max(1))
            .arg(millis(CLAIM))
            .arg(millis(FENCE_KEPT))
            .arg(&address.channel);
        let call = context.command_call(Resend::Idempotent);
        request.is_sent();
        let asked = context.clock().now();
        let reply = context.backend().script(&question, &call).await?;
        context.degradation().answered();
        let (is_held, number) = pair(reply)?;
        if is_held == 0 {
            return Ok(Answer::Busy(Duration::from_millis(number.unsigned_abs())));
        }
        Ok(Answer::Held(request.hold(number.unsigned_abs(), asked)))
    }

    /// Gives a lock or a place back. Doing it twice is doing it once.
    pub(super) async fn leave(
        &self,
        address: &LockAddress,
        holder: &str,
        within: Duration,
    ) -> Result<()> {
        let call = Call {
            deadline: self.context.clock().now() + within,
            resend: Resend::Idempotent,
        };
        let keys = [address.lock.as_bytes(), &address.fence, &address.queue];
        let question = self
            .turn
            .on(&keys)
            .arg("leave")
            .arg(holder)
            .arg(1_u64)
            .arg(1_u64)
            .arg(millis(CLAIM))
            .arg(millis(FENCE_KEPT))
            .arg(&address.channel);
        let reply = self.context.backend().script(&question, &call).await?;
        pair(reply).map(drop)
    }

    /// Gives a lock or a place back in the background, until it would have ended by itself. It is sent before this returns: whatever the same task
    /// asks next is asked behind it.
    pub(super) fn leave_later(
        self: &Arc<Self>,
        address: LockAddress,
        holder: String,
        lease: Duration,
    ) {
        // Without a runtime nothing can be sent: the lease ends it.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let engine = Arc::clone(self);
        let mut leaving = Box::pin(async move { engine.keep_leaving(address, holder, lease).await });
        let sent = leaving.as_mut().poll(&mut Task::from_waker(Waker::noop()));
        if sent.is_pending() {
            runtime.spawn(leaving);
        }
    }

    /// Waits until the server has heard of every lock that was given back, for as long as a command may take.
    pub(crate) async fn flush(&self) {
        if self.requests.load(Ordering::Relaxed) > 0 {
            // What was sent before it on the same connection is carried out before it is answered.
            let call = self.context.command_call(Resend::Never);
            let _ = self.context.backend().run(&Command::new("PING"), &call).await;
        }
    }

    async fn keep_leaving(&self, address: LockAddress, holder: String, lease: Duration) {
        let clock = self.context.clock();
        let ends = clock.now() + lease;
        let within = self.context.limits().command_timeout;
        while let Err(error) = self.leave(&address, &holder, within).await {
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
        address: LockAddress,
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

    /// Gets several locks, or none. Everybody takes them in the same order, so that nobody waits in a circle.
    pub(super) async fn acquire_all(
        self: &Arc<Self>,
        spec: LockSpec,
        mut addresses: Vec<LockAddress>,
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
pub(super) fn busy(request: &Request) -> Error {
    Error::new(
        ErrorKind::LockBusy,
        OPERATION,
        format!(
            "another holds the lock, and it was not free within {:?}: try again, or wait longer with `wait`",
            request.spec.wait
        ),
    )
    .with("lock", &request.address.lock)
}

fn pair(reply: Reply) -> Result<(i64, i64)> {
    let mut parts = reply.into_array(OPERATION)?.into_iter();
    let mut next = || parts.next().unwrap_or(Reply::Nil).into_int(OPERATION);
    Ok((next()?, next()?))
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
