//! Keys that are denied are remembered, so that whoever keeps on calling costs no call of the
//! server.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::decision::LimitState;
use crate::clock::Moment;
use crate::hash::QuickHash;
use crate::key::Key;

/// The longest that a denial is remembered. It bounds how long a key may be denied falsely after
/// its limit was reset or raised by another process.
pub(super) const LONGEST: Duration = Duration::from_secs(1);
/// How many parts the table has: callers of different keys seldom meet at one lock.
const SHARDS: usize = 16;
/// How many denials one part holds at most. Beyond that those that are over are dropped, and then
/// none is added.
const LARGEST_SHARD: usize = 4096;
/// How often a part that is full is looked through for those that are over, at most: who is denied
/// must not pay for it at every call.
const BETWEEN_SWEEPS: Duration = Duration::from_millis(100);

/// The keys that are denied.
#[derive(Debug)]
pub(super) struct Denials {
    shards: [Mutex<Shard>; SHARDS],
    hasher: QuickHash,
}

#[derive(Debug)]
struct Shard {
    denials: HashMap<Key, Denial, QuickHash>,
    swept: Option<Moment>,
}

#[derive(Debug, Clone, Copy)]
struct Denial {
    /// When a call of this cost may pass again.
    until: Moment,
    /// When it is no longer remembered.
    forgotten: Moment,
    /// What it was denied for: a smaller cost might pass, and a greater one waits for longer.
    cost: u64,
    /// Where the limit stood that has it wait for longest.
    state: LimitState,
}

impl Default for Denials {
    fn default() -> Self {
        let hasher = QuickHash::default();
        let shard = |_| {
            Mutex::new(Shard {
                denials: HashMap::with_hasher(hasher.clone()),
                swept: None,
            })
        };
        Self {
            shards: std::array::from_fn(shard),
            hasher,
        }
    }
}

impl Denials {
    /// How long a call of this cost is still denied, and by which limit; `None` if the server is to
    /// be asked.
    pub(super) fn find(&self, key: &Key, cost: u64, now: Moment) -> Option<(Duration, LimitState)> {
        let shard = self
            .shard(key)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let denial = shard.denials.get(key)?;
        (denial.cost == cost && denial.until > now && denial.forgotten > now)
            .then(|| (denial.until.saturating_since(now), denial.state))
    }

    /// The key is denied for so long.
    pub(super) fn remember(
        &self,
        key: &Key,
        cost: u64,
        (retry_after, state): (Duration, LimitState),
        now: Moment,
    ) {
        let denial = Denial {
            state,
            until: now + retry_after,
            forgotten: now + retry_after.min(LONGEST),
            cost,
        };
        let mut shard = self
            .shard(key)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        shard.sweep(now);
        if shard.denials.len() < LARGEST_SHARD {
            shard.denials.insert(key.clone(), denial);
        }
    }

    /// The key may pass, for all that is known.
    pub(super) fn forget(&self, key: &Key) {
        let mut shard = self
            .shard(key)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        shard.denials.remove(key);
    }

    fn shard(&self, key: &Key) -> &Mutex<Shard> {
        use std::hash::BuildHasher;

        // The upper bits: the lower ones are the table's own.
        let hash = self.hasher.hash_one(key);
        &self.shards[(hash >> 60) as usize % SHARDS]
    }
}

impl Shard {
    /// Makes room, where what is kept is as much as there may be.
    fn sweep(&mut self, now: Moment) {
        let is_due = self.swept.is_none_or(|swept| swept + BETWEEN_SWEEPS <= now);
        if self.denials.len() >= LARGEST_SHARD && is_due {
            self.denials.retain(|_, denial| denial.forgotten > now);
            self.swept = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::limit::Limit;
    use super::*;
    use crate::clock::Clock;
    use crate::key::Scope;

    const MILLI: Duration = Duration::from_millis(1);
    const STATE: LimitState = LimitState {
        limit: Limit::new(1, LONGEST),
        remaining: 0,
        reset_after: LONGEST,
    };

    fn key(number: u64) -> Key {
        Scope::new("app", None).key("n", 1, |writer| writer.arg(&number))
    }

    #[test]
    fn a_denial_is_remembered_for_its_cost_and_no_longer_than_a_second() {
        let denials = Denials::default();
        let now = Clock::system().now();
        denials.remember(&key(1), 5, (3000 * MILLI, STATE), now);
        let found = denials.find(&key(1), 5, now + 500 * MILLI);
        assert_eq!(found, Some((2500 * MILLI, STATE)));
        assert_eq!(denials.find(&key(1), 4, now), None);
        assert_eq!(denials.find(&key(1), 6, now), None);
        assert_eq!(denials.find(&key(2), 5, now), None);
        assert_eq!(denials.find(&key(1), 5, now + LONGEST), None);

        denials.remember(&key(1), 1, (10 * MILLI, STATE), now);
        assert_eq!(denials.find(&key(1), 1, now + 10 * MILLI), None);
        denials.remember(&key(1), 1, (10 * MILLI, STATE), now);
        denials.forget(&key(1));
        assert_eq!(denials.find(&key(1), 1, now), None);
    }

    #[test]
    fn the_table_has_a_bound_and_what_is_over_makes_room() {
        let denials = Denials::default();
        let now = Clock::system().now();
        let many = (SHARDS * LARGEST_SHARD * 2) as u64;
        for number in 0..many {
            denials.remember(&key(number), 1, (MILLI, STATE), now);
        }
        // All are over, and those that are full were looked through just now.
        let soon = now + MILLI;
        denials.remember(&key(many), 1, (MILLI, STATE), soon);
        assert!(denials.find(&key(many), 1, soon).is_none());
        let later = now + BETWEEN_SWEEPS;
        denials.remember(&key(many), 1, (MILLI, STATE), later);
        let len: usize = denials
            .shards
            .iter()
            .map(|shard| shard.lock().unwrap().denials.len())
            .sum();
        assert!(len <= SHARDS * LARGEST_SHARD);
        assert!(denials.find(&key(many), 1, later).is_some());
    }
}
