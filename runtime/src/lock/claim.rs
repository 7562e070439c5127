//! What is asked for under one name, and what has come of it.

use std::sync::Arc;

use super::address::LockAddress;
use super::hold::{Hold, Taken};
use super::spec::{LockFairness, LockMode, LockSpec};
use crate::clock::Moment;

/// What one request asks the servers for.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) spec: LockSpec,
    pub(super) address: Arc<LockAddress>,
    /// What the request is called on the server.
    pub(super) holder: String,
    /// What it has got.
    hold: Option<Arc<Hold>>,
    presence: Presence,
}

/// Whether the server may know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    /// The request has the lock or a place in the queue, or may have.
    Possible,
    None,
}

/// What is known of who gives something back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Departure {
    /// The server works out who is next.
    InTurn,
    /// It has the lock and shares it with nobody, and who waits for it does not queue: whoever asks
    /// is next.
    Alone,
}

impl Claim {
    pub(super) fn new(spec: LockSpec, address: Arc<LockAddress>, holder: String) -> Self {
        Self {
            spec,
            address,
            holder,
            hold: None,
            presence: Presence::None,
        }
    }

    /// From here on it may be known.
    pub(super) fn is_sent(&mut self) {
        self.presence = Presence::Possible;
    }

    /// It is known no more.
    pub(super) fn is_gone(&mut self) {
        self.presence = Presence::None;
    }

    /// Whether there may be something to give back.
    pub(super) fn may_be_known(&self) -> bool {
        self.presence == Presence::Possible
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

    /// How it is given back.
    pub(super) fn departure(&self) -> Departure {
        match (&self.hold, self.spec.mode, self.spec.fairness) {
            (Some(_), LockMode::Write, LockFairness::Quick) => Departure::Alone,
            _ => Departure::InTurn,
        }
    }
}
