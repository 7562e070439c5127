//! A value that is due to be refreshed: what its refresh needs when it begins.

use std::time::Duration;

use super::call::Errand;
use super::lease::Grip;
use super::loading::{Falling, Loading};
use super::place::Place;
use super::previous::{Old, Reload};
use super::refreshes::Refreshing;
use crate::codec::envelope::Token;
use crate::context::Budget;
use crate::metrics::Event;

/// A refresh that has not begun.
pub(crate) struct Due {
    pub(super) errand: Errand,
    /// The load that has stored what is to be refreshed.
    pub(super) of: Token,
    /// What it has stored.
    pub(super) old: Old,
    /// What a call that is answered with it has met.
    pub(super) met: Event,
    /// What a call that waits for the refresh answers if it fails.
    pub(super) falling: Falling,
    pub(super) refreshing: Refreshing,
}

impl Due {
    /// Takes the lease. `None` if somebody else has it, if something else stands there by now, or
    /// if the backend cannot be asked: then the old value will do.
    pub(crate) async fn begin(self: Box<Self>, budget: Duration) -> Option<Box<Loading>> {
        let Self {
            errand,
            of,
            old,
            refreshing,
            ..
        } = *self;
        let target = &errand.target;
        let context = target.engine.context();
        let mut budget = Budget::new(context.clock(), budget);
        let leases = target.engine.leases();
        let grip = Grip::IfFree(refreshing);
        match leases
            .renew(target, &errand.spec, of, grip, &mut budget)
            .await
        {
            Ok(Some(lease)) => {
                let left = budget.left();
                let place = Place::Refresh(Box::new(lease));
                let loading = Loading::begin(errand, place, left);
                Some(Box::new(loading.knowing(old)))
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
        self.errand.target.note(self.met);
    }

    /// What its body is told.
    pub(super) fn reload<V>(&self) -> Reload<V> {
        Reload::new(self.errand.spec.codec, Some(self.old.clone()))
    }

    /// What it may spend on the backend when nobody waits for it.
    pub(super) fn budget(&self) -> Duration {
        let Errand { spec, target } = &self.errand;
        spec.budget.unwrap_or(target.engine.call_budget())
    }
}
