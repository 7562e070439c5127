//! When groups of entries were last invalidated, as far as this process knows: tags, and values of
//! an index.
//!
//! What groups an entry belongs to is known only when it was read, too late for a mark like that of
//! its key (see [`fillings`](super::fillings)). So invalidations are counted, and each leaves its
//! number at its group. A read takes down the count before it begins, and its copy is good while
//! none of its groups has a later number.
//!
//! Groups are dealt to a fixed number of slots by their hash. Those that share one invalidate each
//! other's copies, which costs a copy that could have been served and is never wrong.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::hash::QuickHash;

const SLOTS: usize = 1024;

/// The numbers of the latest invalidations.
#[derive(Debug)]
pub(super) struct Stamps {
    /// How many there were.
    count: AtomicU64,
    slots: Box<[AtomicU64]>,
    hasher: QuickHash,
}

/// How many invalidations there were when a read began.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Count(u64);

/// The groups that a copy belongs to, and the count that its read took down. The default is of no
/// group.
#[derive(Debug, Clone, Default)]
pub(crate) struct Membership {
    seen: Count,
    slots: Box<[u16]>,
}

impl Stamps {
    /// Nothing was invalidated yet. Groups are dealt to the slots as the seed says.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            count: AtomicU64::new(0),
            slots: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            hasher: QuickHash::seeded(seed),
        }
    }

    /// What a read takes down that begins now. Must come before the read is sent.
    pub(super) fn count(&self) -> Count {
        Count(self.count.load(Ordering::Acquire))
    }

    /// What was read after `seen` was taken down belongs to the groups with these keys.
    pub(super) fn membership<K: AsRef<[u8]>>(
        &self,
        seen: Count,
        groups: impl Iterator<Item = K>,
    ) -> Membership {
        let slots = groups.map(|group| self.slot_of(group.as_ref()) as u16);
        Membership {
            seen,
            slots: slots.collect(),
        }
    }

    /// The group with this key is invalidated.
    pub(super) fn invalidate(&self, group: &[u8]) {
        // A read that begins between the two takes down this number, and it has begun after what is
        // told here: a change that this process makes is told before it is made and again when it
        // is done.
        let number = self.count.fetch_add(1, Ordering::AcqRel) + 1;
        self.slots[self.slot_of(group)].fetch_max(number, Ordering::AcqRel);
    }

    /// Whether none of the groups was invalidated since.
    #[inline]
    pub(super) fn hold(&self, membership: &Membership) -> bool {
        let Count(seen) = membership.seen;
        let mut slots = membership.slots.iter();
        slots.all(|slot| self.slots[usize::from(*slot)].load(Ordering::Acquire) <= seen)
    }

    fn slot_of(&self, group: &[u8]) -> usize {
        self.hasher.hash_one(group) as usize % self.slots.len()
    }
}

impl Membership {
    /// Whether there is no group in it.
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_good_until_one_of_its_groups_is_invalidated() {
        let stamps = Stamps::new(7);
        let seen = stamps.count();
        let copy = stamps.membership(seen, [b"red".as_slice(), b"blue"].into_iter());
        assert!(stamps.hold(&copy));
        stamps.invalidate(b"green");
        assert!(stamps.hold(&copy), "that was another group");
        stamps.invalidate(b"blue");
        assert!(!stamps.hold(&copy));
    }

    #[test]
    fn what_is_invalidated_during_the_read_counts_though_its_groups_are_known_later() {
        let stamps = Stamps::new(7);
        let before = stamps.count();
        stamps.invalidate(b"red");
        let after = stamps.count();
        let read_before = stamps.membership(before, [b"red"].into_iter());
        let read_after = stamps.membership(after, [b"red"].into_iter());
        assert!(!stamps.hold(&read_before));
        assert!(stamps.hold(&read_after));
    }

    #[test]
    fn what_belongs_to_no_group_is_always_good() {
        let stamps = Stamps::new(7);
        let copy = stamps.membership(stamps.count(), std::iter::empty::<&[u8]>());
        stamps.invalidate(b"red");
        assert!(stamps.hold(&copy));
    }
}
