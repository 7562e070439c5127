//! What a load of many keys has returned, on its way to the server and to those who wait.

use std::time::Duration;

use crate::cache::flight::Leader;
use crate::cache::lease::{Filled, Settled};
use crate::cache::loading::note_fill;
use crate::cache::outcome::Outcome;
use crate::cache::target::Target;
use crate::cache::written::Written;
use crate::context::Budget;
use crate::error::Result;
use crate::metrics::Event;

/// One key of a load whose body has returned.
pub(super) struct Returned {
    pub(super) target: Target,
    pub(super) leader: Leader,
    /// What is to be stored; the event if nothing is.
    pub(super) written: Result<Written, Event>,
    /// What those get who wait in this process.
    pub(super) shared: Option<Outcome>,
}

impl Returned {
    /// There is no value, and nothing that stands for that.
    pub(super) fn of_nothing(target: Target, leader: Leader) -> Self {
        Self {
            target,
            leader,
            written: Err(Event::NotStored),
            shared: None,
        }
    }
}

/// Shares with those who wait in this process, stores what is to be stored, and gives the other
/// leases back.
pub(super) async fn settle(mut returned: Vec<Returned>, budget: Duration) {
    let Some(first) = returned.first() else {
        return;
    };
    let engine = std::sync::Arc::clone(&first.target.engine);
    let mut is_shared = Vec::with_capacity(returned.len());
    for key in &mut returned {
        let shared = key.shared.take();
        is_shared.push(shared.is_some());
        if let Some(outcome) = shared {
            key.leader.share(outcome);
        }
    }
    let mut budget = Budget::new(engine.context().clock(), budget);
    let mut loads: Vec<Settled<'_>> = Vec::with_capacity(returned.len());
    for key in &mut returned {
        let written = key.written.as_ref().ok();
        loads.push(Settled::new(key.leader.lease(), written));
    }
    engine.leases().settle(&mut loads, &mut budget).await;
    let filled: Vec<_> = loads.into_iter().map(|load| load.filled).collect();
    // Whoever has loaded is not answered with what was there before.
    let changed = returned.iter().map(|key| key.target.key());
    engine.local().changed(changed);
    for ((key, filled), is_shared) in returned.iter().zip(filled).zip(is_shared) {
        match &key.written {
            Ok(written) => {
                note_fill(&key.target, written, filled.unwrap_or(Ok(Filled::Voided)));
                if !is_shared {
                    // For those who have joined while it was being filled.
                    key.leader.share(Outcome::Reread);
                }
            }
            Err(event) => key.target.note(*event),
        }
    }
}
