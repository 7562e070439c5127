//! One call on its way to its value.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::engine::CacheEngine;
use crate::cache::flight::{Follower, Tick};
use crate::cache::index::Retired;
use crate::cache::lease::Digest;
use crate::cache::spec::CacheSpec;
use crate::cache::target::Target;
use crate::clock::Moment;
use crate::context::{Budget, Unspent};

/// One call's way to its value.
pub(crate) struct Request<'call> {
    pub(super) engine: &'call Arc<CacheEngine>,
    pub(super) spec: &'call CacheSpec,
    pub(super) target: &'call Target,
    pub(crate) budget: Budget<'call>,
    pub(super) called: Tick,
    pub(super) began: Moment,
    pub(super) refused: Option<Box<Refused>>,
    pub(super) keeping: Keeping,
    /// Whom the call follows already.
    pub(super) followed: Option<Follower>,
}

/// A call's way that is to be gone on with, if what it has found cannot be used.
pub(crate) struct Interrupted {
    budget: Unspent,
    called: Tick,
    began: Moment,
    refused: Option<Box<Refused>>,
    keeping: Keeping,
}

/// What was found and is of no use. Boxed by those who hold it, as is all that a hit has no need
/// of: what a call carries is moved from hand to hand.
pub(super) struct Refused {
    pub(super) bytes: Digest,
    /// It is still listed by these indexes.
    pub(super) retired: Vec<Retired>,
}

/// Whether what the call reads is to be kept in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    Yes,
    No,
}

impl<'call> Request<'call> {
    /// A call that begins now.
    pub(crate) fn new(spec: &'call CacheSpec, target: &'call Target, keeping: Keeping) -> Self {
        let engine = &target.engine;
        let context = engine.context();
        let clock = context.clock();
        let began = clock.now();
        let budget = spec.budget.unwrap_or(engine.call_budget());
        Self {
            engine,
            spec,
            target,
            budget: Budget::new(clock, budget),
            called: engine.flights().tick(),
            began,
            refused: None,
            keeping,
            followed: None,
        }
    }

    /// The rest of a call that began then, follows this load of its key if there is one, and has so
    /// much of its budget left.
    pub(crate) fn resumed(
        self,
        (called, began): (Tick, Moment),
        followed: Option<Follower>,
        left: Duration,
    ) -> Self {
        Self {
            called,
            began,
            followed,
            budget: Budget::new(self.engine.context().clock(), left),
            ..self
        }
    }

    /// What is to be known to go on with the call.
    pub(crate) fn interrupt(&mut self) -> Interrupted {
        Interrupted {
            budget: self.budget.unspent(),
            called: self.called,
            began: self.began,
            refused: self.refused.take(),
            keeping: self.keeping,
        }
    }

    /// A call that was interrupted.
    pub(crate) fn gone_on_with(
        spec: &'call CacheSpec,
        target: &'call Target,
        interrupted: Interrupted,
    ) -> Self {
        let engine = &target.engine;
        Self {
            engine,
            spec,
            target,
            budget: Budget::of(engine.context().clock(), interrupted.budget),
            called: interrupted.called,
            began: interrupted.began,
            refused: interrupted.refused,
            keeping: interrupted.keeping,
            followed: None,
        }
    }

    pub(super) fn now(&self) -> Moment {
        self.engine.context().clock().now()
    }

    /// When the wait for another's load ends.
    pub(super) fn patience(&self) -> Moment {
        self.began + self.spec.wait
    }

    pub(super) fn call_budget(&self) -> Duration {
        self.spec.budget.unwrap_or(self.engine.call_budget())
    }

    /// The value that was found is of no use: the next turn treats it as a miss.
    pub(crate) fn refuse(&mut self, bytes: &[u8]) {
        // The read that found it was not the last, and what comes next may be a wait for another's
        // load.
        self.budget.settle();
        let before = self.refused.take();
        let mut retired = before.map_or_else(Vec::new, |before| before.retired);
        retired.extend(Retired::of(bytes, self.target.key()));
        let bytes = Digest::of(bytes);
        self.refused = Some(Box::new(Refused { bytes, retired }));
        self.engine.foresight().missed(self.target.key());
    }
}
