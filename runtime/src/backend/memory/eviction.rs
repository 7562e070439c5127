//! Making room when the server holds more than it may.
//!
//! The server keeps an approximate account: for each key its bytes, those of its value, and a flat
//! sum for the places that it and each element take. Before a command that may need memory
//! (`denyoom` in [`super::command::table`]), before a script, and before an atomic pipeline, keys
//! are evicted until the account is within the bound again. So the bound may be passed by what the
//! last such step wrote, and by no more.
//!
//! Only keys with an end are evicted (Redis calls this `volatile-lru`): of 16 keys drawn at random
//! the least recently used one that has an end, or if none of the 16 has one, the key that ends
//! first. When no key with an end is left, such commands and atomic pipelines are refused with
//! `OOM`; reads and deletions go on.

use super::keyspace::Keyspace;

/// How many keys are drawn for each that is evicted.
const SAMPLE: usize = 16;

/// Whether there is room for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Enough,
    Full,
}

/// Evicts until the keyspace is within the bound.
pub(super) fn make_room(
    keyspace: &mut Keyspace,
    bound: Option<usize>,
    random: &mut fastrand::Rng,
) -> Room {
    let Some(bound) = bound else {
        return Room::Enough;
    };
    while keyspace.size() > bound {
        if !keyspace.evict(random, SAMPLE) {
            return Room::Full;
        }
    }
    Room::Enough
}
