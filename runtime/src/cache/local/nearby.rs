//! The copies that one thread has served lately. It finds them without a lock, which is most of what a local hit costs.
//!
//! A copy nearby is the tier's, and no more to be trusted: it is judged each time as the tier judges it. That the tier has not
//! dropped it meanwhile is told by its mark (see [`Fillings`](super::fillings::Fillings)): whatever happens to the key dirties it.

use std::fmt;
use std::sync::Arc;

use super::copy::LocalCopy;
use super::fillings::Mark;
use crate::key::{KeyFamily, KeyParts};

/// So many copies at most.
const SLOTS: usize = 1024;

/// And none that weighs more, in bytes: a thread holds on to a copy that the tier has let go until another takes its place.
const HEAVIEST: u64 = 4096;

/// After so many times the tier is asked once: it has to know which of its copies are in use.
const SERVED_AT_MOST: u32 = 256;

/// The copies of one thread.
pub(crate) struct Nearby {
    /// Made when the first is kept.
    slots: Vec<Option<Near>>,
}

/// A copy of one thread.
pub(super) struct Near {
    /// The tier that it is of.
    pub(super) of: Arc<()>,
    pub(super) hash: u64,
    /// What the mark of its key was like before the tier was seen to have it.
    pub(super) mark: Mark,
    pub(super) family: KeyFamily,
    pub(super) copy: Arc<LocalCopy>,
    served: u32,
}

impl Nearby {
    /// None yet.
    pub(crate) const fn new() -> Self {
        Self { slots: Vec::new() }
    }

    /// What may be the copy of a key with this hash.
    #[inline]
    pub(super) fn at(&mut self, hash: u64) -> Option<&Near> {
        let [one, other] = slots_of(hash);
        let slot = if self.holds(one, hash) { one } else { other };
        let near = self.slots.get_mut(slot)?.as_mut()?;
        if near.hash != hash || near.served == SERVED_AT_MOST {
            return None;
        }
        near.served += 1;
        Some(near)
    }

    /// Keeps one, in the place of another.
    pub(super) fn keep(
        &mut self,
        of: &Arc<()>,
        (hash, key): (u64, &KeyParts<'_>),
        mark: Mark,
        copy: &Arc<LocalCopy>,
    ) {
        if copy.weight > HEAVIEST {
            return;
        }
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, || None);
        }
        let slot = self.slot_with(hash).unwrap_or_else(|| self.slot_for(hash));
        self.slots[slot] = Some(Near {
            of: Arc::clone(of),
            hash,
            mark,
            family: key.family(),
            copy: Arc::clone(copy),
            served: 0,
        });
    }

    /// The slot that holds what has this hash: there are two where it may be.
    fn slot_with(&self, hash: u64) -> Option<usize> {
        let mut slots = slots_of(hash).into_iter();
        slots.find(|slot| self.holds(*slot, hash))
    }

    /// Whether this slot holds what has this hash.
    #[inline]
    fn holds(&self, slot: usize, hash: u64) -> bool {
        let near = self.slots.get(slot).and_then(Option::as_ref);
        near.is_some_and(|near| near.hash == hash)
    }

    /// The slot for what has this hash: the one that is empty, or else that whose copy was served less often.
    fn slot_for(&self, hash: u64) -> usize {
        let served = |slot: &usize| self.slots[*slot].as_ref().map(|near| near.served);
        let [one, other] = slots_of(hash);
        if served(&one) <= served(&other) {
            one
        } else {
            other
        }
    }
}

/// Of the middle bits: the tier deals keys to its own slots by the low and the high ones.
#[inline]
fn slots_of(hash: u64) -> [usize; 2] {
    let slot = (hash >> 20) as usize % SLOTS;
    [slot, slot ^ 1]
}

impl fmt::Debug for Nearby {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nearby").finish_non_exhaustive()
    }
}
