//! One request for a lock. It bears a name on the server, so that it can be sent again, and leaves when it is dropped.

use std::sync::Arc;
use std::time::Duration;

use super::address::LockAddress;
use super::engine::LockEngine;
use super::hold::{Hold, Taken};
use super::spec::LockSpec;
use crate::clock::Moment;
use crate::error::Result;

/// A lock that is asked for, or held. Dropping it gives it back in the background.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) engine: Arc<LockEngine>,
    pub(super) spec: LockSpec,
    pub(super) address: LockAddress,
    /// What it is called on the server.
    pub(super) holder: String,
    /// What it has got. Whoever drops the request, in whatever state, also ends the renewal: else a lock that could not be given back
    /// would be held for as long as the process lives.
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
    pub(super) fn new(engine: Arc<LockEngine>, spec: LockSpec, address: LockAddress) -> Self {
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

    /// What was asked for so far is given back, and what is asked for next is another's, as the servers see it.
    pub(super) fn begin_anew(&mut self) {
        let next = self.engine.next_name(self.spec.mode);
        let before = std::mem::replace(&mut self.holder, next);
        self.presence = Presence::None;
        self.engine
            .leave_later(self.address.clone(), before, self.spec.lease);
    }

    /// The lock, which was asked for at this moment.
    pub(super) fn hold(&mut self, fence: u64, asked: Moment) -> Arc<Hold> {
        let taken = Taken {
            lock: self.address.lock.clone(),
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

    /// Gives the lock back, or the place in the queue.
    pub(super) async fn leave(mut self, within: Duration) -> Result<()> {
        self.end_renewal();
        let engine = Arc::clone(&self.engine);
        let left = engine
            .servers()
            .leave(&self.address, &self.holder, within)
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
            let lease = self.spec.lease;
            self.engine.leave_later(self.address.clone(), holder, lease);
        }
    }
}
