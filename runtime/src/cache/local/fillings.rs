//! Marks that tell whether anything happened to a key between a read of it and the keeping of what
//! was read.
//!
//! A mark is the stamp of one of a fixed number of slots, to which keys are dealt by their hash.
//! Whatever happens to a key raises its slot's stamp, so a mark with an older one is dirty. Keys
//! that share a slot dirty each other's marks, which costs a copy that could have been kept and is
//! never wrong. There is nothing to clean up: a read that is given up leaves no trace.

use std::hash::{BuildHasher, Hash};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::hash::QuickHash;
use crate::key::JoinedKey;

/// So many reads can be under way side by side with few of them in one slot.
const SLOTS: usize = 1024;

/// The stamps of all keys.
#[derive(Debug)]
pub(super) struct Fillings {
    slots: Box<[Slot]>,
    hasher: QuickHash,
}

/// The stamp of some keys. It is changed under the lock, and odd while that which changes it is
/// under way: so whoever only looks needs no lock.
#[derive(Debug, Default)]
struct Slot {
    lock: Mutex<()>,
    stamp: AtomicU64,
}

/// That a read of a key has begun.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    slot: u16,
    stamp: u64,
}

impl Fillings {
    /// No read is under way. Keys are dealt to the slots as the seed says.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            slots: (0..SLOTS).map(|_| Slot::default()).collect(),
            hasher: QuickHash::seeded(seed),
        }
    }

    /// Marks that a read of this key begins. Must come before the read is sent.
    pub(super) fn mark(&self, key: &[u8]) -> Mark {
        let slot = slot_of(self.hash(&JoinedKey(key)));
        let _lock = self.lock(slot);
        let stamp = self.slot(slot).stamp.load(Ordering::Relaxed);
        Mark { slot, stamp }
    }

    /// The hash by which keys are dealt to the slots, whether they are joined or in parts.
    #[inline]
    pub(super) fn hash<K: Hash + ?Sized>(&self, key: &K) -> u64 {
        self.hasher.hash_one(key)
    }

    /// The mark of keys with this hash, unless something happens to one of them just now. What is
    /// seen in the table *after* this was there while the mark was clean.
    pub(super) fn look(&self, hash: u64) -> Option<Mark> {
        let slot = slot_of(hash);
        let stamp = self.slot(slot).stamp.load(Ordering::Acquire);
        stamp.is_multiple_of(2).then_some(Mark { slot, stamp })
    }

    /// Keeps what was read, unless the mark is dirty: looking and keeping are one step, and dirty
    /// other marks of the key.
    pub(super) fn keep_if_clean(&self, mark: Mark, keep: impl FnOnce()) -> Cleanness {
        let _lock = self.lock(mark.slot);
        if !self.is_clean(mark) {
            return Cleanness::Dirty;
        }
        keep();
        // What a thread has nearby gives way to what was read later. So does what others are
        // reading just now.
        self.slot(mark.slot).stamp.fetch_add(2, Ordering::AcqRel);
        Cleanness::Clean
    }

    /// Whether nothing has happened to the key since.
    #[inline]
    pub(super) fn is_clean(&self, mark: Mark) -> bool {
        self.slot(mark.slot).stamp.load(Ordering::Acquire) == mark.stamp
    }

    /// Dirties the marks of this key and does away with what is kept of it, in one step: either the
    /// copy is there already and is dropped, or whoever is about to keep one finds a dirty mark.
    pub(super) fn dirty(&self, key: &[u8], drop: impl FnOnce()) {
        let slot = slot_of(self.hash(&JoinedKey(key)));
        let _lock = self.lock(slot);
        let stamp = &self.slot(slot).stamp;
        stamp.fetch_or(1, Ordering::AcqRel);
        drop();
        stamp.fetch_add(1, Ordering::AcqRel);
    }

    #[inline]
    fn slot(&self, slot: u16) -> &Slot {
        &self.slots[usize::from(slot)]
    }

    /// Whoever panicked with the lock has left a stamp that is as good as any.
    fn lock(&self, slot: u16) -> MutexGuard<'_, ()> {
        self.slot(slot)
            .lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mark {
    /// The mark in two pieces, for whoever has to find room for it.
    #[inline]
    pub(super) fn into_parts(self) -> (u16, u64) {
        (self.slot, self.stamp)
    }

    /// The mark with these pieces.
    #[inline]
    pub(super) fn from_parts(slot: u16, stamp: u64) -> Self {
        Self { slot, stamp }
    }
}

#[inline]
fn slot_of(hash: u64) -> u16 {
    (hash % SLOTS as u64) as u16
}

/// Whether anything happened to the key since it was marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cleanness {
    Clean,
    Dirty,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_clean_until_something_happens_to_its_key() {
        let fillings = Fillings::new(7);
        let mark = fillings.mark(b"k");
        assert!(fillings.is_clean(mark));
        fillings.dirty(b"k", || ());
        let kept = fillings.keep_if_clean(mark, || panic!("kept under a dirty mark"));
        assert_eq!(kept, Cleanness::Dirty);
        let later = fillings.mark(b"k");
        assert_eq!(fillings.keep_if_clean(later, || ()), Cleanness::Clean);
        assert!(!fillings.is_clean(later), "something else is kept");
    }

    #[test]
    fn nobody_looks_while_something_happens() {
        let fillings = Fillings::new(7);
        let hash = fillings.hash(&JoinedKey(b"k"));
        let before = fillings.look(hash).expect("nothing happens");
        fillings.dirty(b"k", || {
            assert!(fillings.look(hash).is_none());
            assert!(!fillings.is_clean(before));
        });
        assert!(!fillings.is_clean(before));
        let after = fillings.look(hash).expect("it has happened");
        assert!(fillings.is_clean(after));
    }

    #[test]
    fn what_happens_to_one_key_leaves_most_others_clean() {
        let fillings = Fillings::new(7);
        let marks: Vec<Mark> = (0_u32..1000)
            .map(|id| fillings.mark(&id.to_be_bytes()))
            .collect();
        fillings.dirty(b"another key", || ());
        let clean = marks.iter().filter(|mark| fillings.is_clean(**mark));
        assert!(clean.count() > 980);
    }
}
