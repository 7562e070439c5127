//! The copies that one thread has served lately. It finds them without a lock, which is most of what a local hit costs.
//!
//! A copy nearby is the tier's, and no more to be trusted: it is judged each time as the tier judges it. That the tier has not
//! dropped it meanwhile is told by its mark (see [`Fillings`](super::fillings::Fillings)): whatever happens to the key dirties it.

use std::fmt;
use std::sync::Arc;

use super::copy::{LocalCopy, Terms};
use super::fillings::{Fillings, Mark};
use super::stamps::Membership;
use crate::key::{KeyParts, NearKey};
use crate::metrics::Tally;

/// So many copies at most.
const SLOTS: usize = 1024;

/// And none that weighs more, in bytes: a thread holds on to a copy that the tier has let go until another takes its place.
const HEAVIEST: u64 = 4096;

/// After so many times the tier is asked once: it has to know which of its copies are in use.
const SERVED_AT_MOST: u16 = 256;

/// The copies of one thread.
pub(crate) struct Nearby {
    /// Made when the first is kept.
    slots: Vec<Option<Near>>,
    /// What this thread counts, by namespace.
    tallies: Vec<Tally>,
}

/// A copy of one thread. All that is looked at before it is served stands here, in two lines of the processor's memory: what is
/// looked up somewhere else is waited for.
#[repr(align(64))]
pub(super) struct Near {
    /// The tier that it is of.
    of: Arc<()>,
    hash: u64,
    /// That of its key before the tier was seen to have it.
    stamp: u64,
    key: NearKey,
    terms: Terms,
    grouping: Grouping,
    pub(super) copy: Arc<LocalCopy>,
    tally: u16,
    served: u16,
}

/// Whether a copy belongs to any groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grouping {
    Some,
    None,
}

impl Nearby {
    /// None yet.
    pub(crate) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            tallies: Vec::new(),
        }
    }

    /// What may be the copy of a key with this hash, and what counts its hits.
    #[inline]
    pub(super) fn at(&mut self, hash: u64) -> Option<(&Near, &mut Tally)> {
        let [one, other] = slots_of(hash);
        let slot = if self.holds(one, hash) { one } else { other };
        let near = self.slots.get_mut(slot)?.as_mut()?;
        if near.hash != hash || near.served == SERVED_AT_MOST {
            return None;
        }
        near.served += 1;
        let tally = self.tallies.get_mut(usize::from(near.tally))?;
        Some((near, tally))
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
        let Ok(tally) = self.tally_of(copy).try_into() else {
            return;
        };
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, || None);
        }
        let slot = self.slot_with(hash).unwrap_or_else(|| self.slot_for(hash));
        self.slots[slot] = Some(Near {
            of: Arc::clone(of),
            hash,
            stamp: mark.stamp(),
            key: NearKey::of(key),
            terms: copy.terms,
            grouping: Grouping::of(&copy.groups),
            copy: Arc::clone(copy),
            tally,
            served: 0,
        });
    }

    /// Where the tally of this copy's namespace is. One whose counters are gone makes room: a copy would have kept them.
    fn tally_of(&mut self, copy: &LocalCopy) -> usize {
        let counters = &copy.counters;
        let known = self.tallies.iter().position(|it| it.is_of(counters));
        known.unwrap_or_else(|| {
            let over = self.tallies.iter().position(Tally::is_over);
            let place = over.unwrap_or(self.tallies.len());
            match self.tallies.get_mut(place) {
                Some(tally) => *tally = counters.tally(),
                None => self.tallies.push(counters.tally()),
            }
            place
        })
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

impl Grouping {
    fn of(groups: &Membership) -> Self {
        if groups.is_empty() {
            Self::None
        } else {
            Self::Some
        }
    }
}

impl Near {
    /// Whether it is the copy that this tier has of the key with these parts.
    #[inline]
    pub(super) fn is_of(&self, tier: &Arc<()>, key: &KeyParts<'_>, fillings: &Fillings) -> bool {
        Arc::ptr_eq(&self.of, tier)
            && fillings.is_clean_at(self.hash, self.stamp)
            && self.key.has(key, || &self.copy.key)
    }

    /// On what terms it is served, and its groups if it has any.
    #[inline]
    pub(super) fn terms(&self) -> (Terms, Option<&Membership>) {
        let groups = match self.grouping {
            Grouping::Some => Some(&self.copy.groups),
            Grouping::None => None,
        };
        (self.terms, groups)
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

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_stands_in_two_lines_of_memory() {
        assert_eq!(size_of::<Option<Near>>(), 128);
    }
}
