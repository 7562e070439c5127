//! A value that is due to be refreshed: what its refresh needs when it begins.

use std::time::Duration;

use super::call::Target;
use super::loading::Loading;
use super::place::Place;
use super::policy::Policy;
use super::previous::{Old, Reload};
use super::refresh_lease::Grip;
use super::refreshes::Refreshing;
use super::shape::{CacheValue, Shape};
use super::spec::CacheSpec;
use crate::codec::envelope::Token;
use crate::context::Budget;
use crate::metrics::Event;

/// A refresh that has not begun.
pub(crate) struct Due<S: Shape> {
    pub(super) spec: CacheSpec,
    pub(super) target: Target,
    pub(super) policy: Policy<S>,
    /// The load that has stored what is to be refreshed.
    pub(super) of: Token,
    /// What it has stored.
    pub(super) old: Old,
    /// What a call that is answered with it has met.
    pub(super) met: Event,
    pub(super) refreshing: Refreshing,
}

impl<S: Shape<Value: CacheValue>> Due<S> {
    /// Takes the lease. `None` if somebody else has it, if something else stands there by now, or if the backend cannot be asked:
    /// then the old value will do.
    pub(crate) async fn begin(self: Box<Self>, budget: Duration) -> Option<Box<Loading<S>>> {
        let Self {
            spec,
            target,
            policy,
            of,
            old,
            refreshing,
            ..
        } = *self;
        let context = target.engine.context();
        let mut budget = Budget::new(context.clock(), budget);
        let leases = target.engine.leases();
        let grip = Grip::IfFree(refreshing);
        match leases.renew(&target, &spec, of, grip, &mut budget).await {
            Ok(Some(lease)) => {
                let left = budget.left();
                let place = Place::Refresh(Box::new(lease));
                Some(Loading::begin(spec, target, policy, place, left).knowing(old))
            }
            Ok(None) => None,
            Err(error) => {
                context.degradation().failed(&error);
                None
            }
        }
    }

    /// A call is answered with what is stored.
    pub(super) fn note_met(&self) {
        self.target.note(self.met);
    }

    /// What its body is told.
    pub(super) fn reload(&self) -> Reload<S::Value> {
        Reload::new(self.spec.codec, Some(self.old.clone()))
    }

    /// What it may spend on the backend when nobody waits for it.
    pub(super) fn budget(&self) -> Duration {
        self.spec.budget.unwrap_or(self.target.engine.call_budget())
    }
}
