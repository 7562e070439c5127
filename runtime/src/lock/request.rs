//! One request for a lock. It bears a name on the server, so that it can be sent again, and leaves
//! when it is dropped.

use std::sync::Arc;
use std::time::Duration;

use super::address::LockAddress;
use super::engine::LockEngine;
use super::hold::{Hold, Taken};
use super::servers::Departure;
use super::spec::{LockFairness, LockMode, LockSpec};
use crate::clock::Moment;
use crate::error::Result;

/// A lock that is asked for, or held. Dropping it gives it back in the background.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) engine: Arc<LockEngine>,
    pub(super) spec: LockSpec,
    pub(super) address: Arc<LockAddress>,
    /// What it is called on the server.
    pub(super) holder: String,
    /// What it has got. Whoever drops the request, in whatever state, also ends the renewal: else a
    /// lock that could not be given back would be held for as long as the process lives.
    hold: Option<Arc<Hold>>,
    presence: Presence,
}

/// Whether the server may know of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    /// It has the lock or a place in the queue, or may have.
    Possible,
    None,
}

impl Request {
    pub(super) fn new(engine: Arc<LockEngine>, spec: LockSpec, address: Arc<LockAddress>) -> Self {
        Self {
            holder: engine.next_name(spec.mode),
            engine,
            spec,
            address,
            hold: None,
            presence: Presence::None,
        }
    }

    /// From here on it may be known.
    pub(super) fn is_sent(&mut self) {
        self.presence = Presence::Possible;
    }

    /// What was asked for so far is given back, and what is asked for next is another's, as the
    /// servers see it.
    pub(super) fn begin_anew(&mut self) {
        let next = self.engine.next_name(self.spec.mode);
        let before = std::mem::replace(&mut self.holder, next);
        self.presence = Presence::None;
        let address = Arc::clone(&self.address);
        let lease = self.spec.lease;
        self.engine
            .leave_later(address, before, Departure::InTurn, lease);
    }

    /// The lock, which was asked for at this moment.
    pub(super) fn hold(&mut self, fence: u64, asked: Moment) -> Arc<Hold> {
        let taken = Taken {
            address: Arc::clone(&self.address),
            holder: self.holder.clone(),
            fence,
            lease: self.spec.lease,
            certain: self.spec.certain(),
            placement: self.spec.placement,
        };
        let hold = Arc::new(Hold::new(taken, asked));
        self.hold = Some(Arc::clone(&hold));
        hold
    }

    /// What it has got is not renewed from now on.
    pub(super) fn end_renewal(&self) {
        if let Some(hold) = &self.hold {
            hold.leave();
        }
    }

    fn departure(&self) -> Departure {
        match (&self.hold, self.spec.mode, self.spec.fairness) {
            (Some(_), LockMode::Write, LockFairness::Quick) => Departure::Alone,
            _ => Departure::InTurn,
        }
    }

    /// Gives the lock back, or the place in the queue.
    pub(super) async fn leave(mut self, within: Duration) -> Result<()> {
        self.end_renewal();
        let engine = Arc::clone(&self.engine);
        let left = engine
            .servers()
            .give_back(&self.address, &self.holder, self.departure(), within)
            .await;
        if left.is_ok() {
            self.presence = Presence::None;
        }
        left
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.end_renewal();
        if self.presence == Presence::Possible {
            let holder = std::mem::take(&mut self.holder);
            let address = Arc::clone(&self.address);
            let (departure, lease) = (self.departure(), self.spec.lease);
            self.engine.leave_later(address, holder, departure, lease);
        }
    }
}
