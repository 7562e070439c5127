//! Guesses whether a key holds a value, so that a hit costs one `GET` and a miss two round trips.
//!
//! A key that this process believes present is read with `GET`. Any other is asked for with the
//! script that answers the value *or* gives the lease, in one round trip. A wrong guess is never
//! wrong in its result: believed absent but present costs the script instead of the `GET`; believed
//! present but gone costs one round trip more.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::{Clock, Moment};
use crate::hash::QuickHash;
use crate::key::Key;
use crate::length::millis;

/// How many keys are remembered, at eight bytes each. A newer key takes the place of an older one
/// with the same slot.
const SLOTS: usize = 1 << 16;

/// In how many pieces the table is made: one slot at a time, an unoptimized build would take a
/// millisecond for it.
const PIECES: usize = 1 << 7;

/// What this process believes of the keys it has met.
#[derive(Debug)]
pub(crate) struct Foresight {
    /// Each the upper bits of a key's hash over the second, on this clock, until which the key is
    /// believed present.
    slots: Box<[[AtomicU64; SLOTS / PIECES]]>,
    hasher: QuickHash,
    clock: Clock,
    made: Moment,
}

/// The lower bits of a slot hold deciseconds: 32 bits of them last for thirteen years.
const TIME_BITS: u32 = 32;

impl Foresight {
    /// Believes nothing yet. Keys are spread over the slots as the seed says.
    pub(crate) fn new(clock: Clock, seed: u64) -> Self {
        Self {
            slots: (0..PIECES)
                .map(|_| [const { AtomicU64::new(0) }; SLOTS / PIECES])
                .collect(),
            hasher: QuickHash::seeded(seed),
            made: clock.now(),
            clock,
        }
    }

    /// Whether the key is believed to hold a value at this time.
    pub(crate) fn expects(&self, key: &Key, at: Moment) -> bool {
        let (slot, tag) = self.place(key);
        let belief = slot.load(Ordering::Relaxed);
        belief >> TIME_BITS == tag && (belief & u64::from(u32::MAX)) > self.deciseconds(at)
    }

    /// The key was seen to hold a value that lives for so long, or for an unknown time.
    pub(crate) fn saw(&self, key: &Key, lives: Option<Duration>) {
        let (slot, tag) = self.place(key);
        let lives = lives.map_or(u64::MAX, |lives| millis(lives) / 100);
        let now = self.deciseconds(self.clock.now());
        let until = now.saturating_add(lives).min(u64::from(u32::MAX));
        slot.store(tag << TIME_BITS | until, Ordering::Relaxed);
    }

    /// The key was seen to hold no value.
    pub(crate) fn missed(&self, key: &Key) {
        let (slot, tag) = self.place(key);
        if slot.load(Ordering::Relaxed) >> TIME_BITS == tag {
            slot.store(0, Ordering::Relaxed);
        }
    }

    /// Nothing is known any more.
    pub(crate) fn forget_all(&self) {
        self.slots
            .as_flattened()
            .iter()
            .for_each(|slot| slot.store(0, Ordering::Relaxed));
    }

    fn place(&self, key: &Key) -> (&AtomicU64, u64) {
        let hash = self.hasher.hash_one(key);
        let slot = &self.slots.as_flattened()[hash as usize % SLOTS];
        (slot, hash >> TIME_BITS)
    }

    /// From when this was made until then.
    fn deciseconds(&self, at: Moment) -> u64 {
        at.nanos_since(self.made) / 100_000_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Scope;

    fn key(argument: &str) -> Key {
        Scope::new("app", None).key("foresight", 1, |writer| writer.arg(argument))
    }

    #[tokio::test(start_paused = true)]
    async fn a_belief_ends_with_the_value() {
        let clock = Clock::system();
        let foresight = Foresight::new(clock.clone(), 7);
        let key = key("k");
        assert!(!foresight.expects(&key, clock.now()));
        foresight.saw(&key, Some(Duration::from_secs(5)));
        assert!(foresight.expects(&key, clock.now()));
        clock.sleep(Duration::from_secs(5)).await;
        assert!(!foresight.expects(&key, clock.now()));
    }

    #[test]
    fn a_miss_ends_a_belief_in_that_key_only() {
        let clock = Clock::system();
        let foresight = Foresight::new(clock.clone(), 7);
        let (one, other) = (key("one"), key("other"));
        foresight.saw(&one, None);
        foresight.missed(&other);
        assert!(foresight.expects(&one, clock.now()));
        foresight.missed(&one);
        assert!(!foresight.expects(&one, clock.now()));
    }
}
