//! Asks the server: one script that takes and leaves permits, and one that keeps them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use super::spec::PermitSpec;
use super::tenure::Tenure;
use crate::backend::{Backend, Call, Command, Reply, Resend, Script};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::length::millis_at_least_one as millis;

/// How long whoever's turn it is has to come. It is how long a waiter that has died stands in the
/// way.
pub(super) const CLAIM: Duration = Duration::from_secs(1);
const OPERATION: &str = "permit";

/// What all permits of one Larder share.
#[derive(Debug)]
pub(crate) struct PermitEngine {
    context: Arc<Context>,
    permit: Script,
    keep: Script,
    requests: AtomicU64,
    /// What this process holds, by the key.
    held: Mutex<BTreeMap<Vec<u8>, Vec<Weak<Tenure>>>>,
}

/// Where the permits of one key live: keys of one slot, and the channel on which it is said whose
/// turn it is.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(super) permits: Key,
    queue: Vec<u8>,
    pub(super) channel: Vec<u8>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// A permit, if one is free and nobody waits.
    Take,
    /// A permit, or else a place in the queue.
    Queue,
    /// Neither any more.
    Leave,
}

/// What the server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Held,
    /// Others have them all; the first of them ends then, unless it is kept.
    Busy(Duration),
}

/// Whether a permit is still held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Yes,
    Lost,
}

impl Address {
    pub(crate) fn new(permits: Key) -> Self {
        Self {
            queue: permits.beside("queue"),
            channel: permits.beside("turns"),
            permits,
        }
    }
}

impl PermitEngine {
    /// Permits on this ground.
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self {
            context,
            permit: Script::new(include_str!("permit.lua")),
            keep: Script::new(include_str!("keep.lua")),
            requests: AtomicU64::new(0),
            held: Mutex::default(),
        }
    }

    pub(super) fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// A name that no other holder anywhere has.
    pub(super) fn next_name(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}-{number:x}", self.context.identity())
    }

    /// Asks once. Asking twice is asking once: the holder is known.
    pub(super) async fn ask(
        &self,
        spec: &PermitSpec,
        address: &Address,
        holder: &str,
        verb: Verb,
    ) -> Result<Answer> {
        let word = match verb {
            Verb::Take => "take",
            Verb::Queue => "queue",
            Verb::Leave => "leave",
        };
        let question = self
            .permit
            .on(&[address.permits.as_bytes(), &address.queue])
            .arg(word)
            .arg(holder)
            .arg(u64::from(spec.limit))
            .arg(millis(spec.lease))
            .arg(millis(spec.wait.max(CLAIM)))
            .arg(millis(CLAIM))
            .arg(&address.channel);
        let call = self.context.command_call(Resend::Idempotent);
        let reply = self.context.backend().script(&question, &call).await?;
        self.context.degradation().answered();
        let mut parts = reply.into_array(OPERATION)?.into_iter();
        let mut next = || parts.next().unwrap_or(Reply::Nil).into_int(OPERATION);
        let (is_held, now, ends) = (next()?, next()?, next()?);
        self.context.server_time().observe(now);
        if is_held == 1 {
            return Ok(Answer::Held);
        }
        let left = u64::try_from(ends.saturating_sub(now)).unwrap_or(0);
        Ok(Answer::Busy(Duration::from_millis(left)))
    }

    /// Moves the end of a permit on.
    pub(super) async fn keep(
        &self,
        spec: &PermitSpec,
        address: &Address,
        holder: &str,
        call: &Call,
    ) -> Result<Kept> {
        let question = self
            .keep
            .on(&[&address.permits])
            .arg(holder)
            .arg(millis(spec.lease));
        let reply = self.context.backend().script(&question, call).await?;
        Ok(match reply.into_int(OPERATION)? {
            0 => Kept::Lost,
            _ => Kept::Yes,
        })
    }

    /// How many are held, by everybody.
    pub(super) async fn in_use(&self, permits: &Key) -> Result<u64> {
        self.context.hear_server_time().await?;
        let now = self.context.server_time().now();
        let count = Command::new("ZCOUNT")
            .arg(permits)
            .arg(format!("({now}"))
            .arg("+inf");
        let call = self.context.command_call(Resend::Idempotent);
        let reply = self.context.backend().run(&count, &call).await?;
        Ok(reply.into_int("ZCOUNT")?.unsigned_abs())
    }

    /// Notes a permit that this process holds.
    pub(super) fn note(&self, permits: &Key, tenure: &Arc<Tenure>) {
        let mut ours = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let key = permits.as_bytes().to_vec();
        ours.entry(key).or_default().push(Arc::downgrade(tenure));
    }

    /// Forgets those that this process holds no more.
    pub(super) fn forget(&self, permits: &Key) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(holds) = held.get_mut(permits.as_bytes()) {
            let now = self.context.clock().now();
            holds.retain(|hold| hold.upgrade().is_some_and(|hold| hold.is_held(now)));
            if holds.is_empty() {
                held.remove(permits.as_bytes());
            }
        }
    }

    /// Whether this process holds all there are, so that the server need not be asked whether one
    /// is free.
    pub(super) fn holds_all(&self, spec: &PermitSpec, permits: &Key) -> bool {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(holds) = held.get(permits.as_bytes()) else {
            return false;
        };
        let holds = holds.iter().filter_map(Weak::upgrade);
        let now = self.context.clock().now();
        holds.filter(|hold| hold.is_held(now)).count() >= spec.limit as usize
    }
}

/// The error of who has waited enough.
pub(super) fn busy(spec: &PermitSpec) -> Error {
    let PermitSpec { limit, wait, .. } = *spec;
    let message = if wait.is_zero() {
        format!("all {limit} permits are in use: try again, or wait for one with `wait`")
    } else {
        format!(
            "all {limit} permits are in use, and none was free within {wait:?}: try again, or wait \
             longer with `wait`"
        )
    };
    Error::new(ErrorKind::NoPermit, OPERATION, message).with("namespace", spec.namespace)
}
