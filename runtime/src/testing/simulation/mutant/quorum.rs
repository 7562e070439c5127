//! Mistakes of a quorum. That a minority decides is none of its servers': the processes are made
//! with it.

use super::Mutant;
use super::swap::script;
use crate::backend::memory::Sabotage;
use crate::lock::{SETTLE, TURN};

/// What the servers do for it, if it is one of these.
pub(super) fn sabotage(mutant: Mutant) -> Option<Sabotage> {
    match mutant {
        Mutant::NewcomersCount => Some(script(|text| {
            let age = "return millis - since";
            debug_assert!(TURN.contains(age), "the script has changed: {TURN}");
            (text == TURN).then(|| text.replace(age, "return 1000000"))
        })),
        Mutant::FencesUnsettled => Some(script(|text| {
            (text == SETTLE).then(|| "return redis.call('HEXISTS', KEYS[1], ARGV[1])".to_owned())
        })),
        Mutant::HoldersOverlooked => Some(script(|text| {
            let alone = "return holders == 0";
            debug_assert!(TURN.contains(alone), "the script has changed: {TURN}");
            (text == TURN).then(|| text.replace(alone, "return KEYS[3] or holders == 0"))
        })),
        _ => None,
    }
}
