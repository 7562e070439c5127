//! The copies that one thread has served lately. It finds them without a lock, which is most of
//! what a local hit costs.
//!
//! A copy nearby is the tier's, and no more to be trusted: it is judged each time as the tier
//! judges it. That the tier has not dropped it meanwhile is told by its mark (see
//! [`Fillings`](super::fillings::Fillings)): whatever happens to the key dirties it.

use std::fmt;
use std::sync::Arc;

use super::copy::{LocalCopy, Terms};
use super::fillings::{Fillings, Mark};
use super::stamps::Membership;
use crate::key::{BriefKey, NearKey};
use crate::metrics::Tally;

/// So many copies at most.
const SLOTS: usize = 1024;

/// And none that weighs more, in bytes: a thread holds on to a copy that the tier has let go until
/// another takes its place.
const HEAVIEST: u64 = 4096;

/// After so many times the tier is asked once: it has to know which of its copies are in use.
const SERVED_AT_MOST: u16 = 256;

type Slots = [Option<Near>; SLOTS];

/// The copies of one thread.
pub(crate) struct Nearby {
    /// Made when the first is kept.
    slots: Option<Box<Slots>>,
    /// What this thread counts, by namespace.
    tallies: Vec<Tally>,
}

/// A copy of one thread. All that is looked at before it is served stands here, in two lines of the
/// processor's memory: what is looked up somewhere else is waited for.
#[repr(align(64))]
pub(super) struct Near {
    /// The tier that it is of.
    of: Arc<()>,
    key: NearKey,
    /// The mark of its key before the tier was seen to have it; its slot stands below.
    stamp: u64,
    terms: Terms,
    pub(super) copy: Arc<LocalCopy>,
    slot: u16,
    /// Which of the tallies is that of its namespace.
    tally: u16,
    served: u16,
    grouping: Grouping,
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
            slots: None,
            tallies: Vec::new(),
        }
    }

    /// The copy that this tier has of this key, which has this hash, and what counts its hits.
    #[inline]
    pub(super) fn find(
        &mut self,
        of: &Arc<()>,
        (hash, key): (u64, &mut BriefKey<'_>),
    ) -> Option<(&Near, &mut Tally)> {
        let slots = self.slots.as_mut()?;
        let place = place_of(slots, of, (hash, key))?;
        let near = slots[place].as_mut()?;
        if near.served == SERVED_AT_MOST {
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
        (hash, key): (u64, &mut BriefKey<'_>),
        mark: Mark,
        copy: &Arc<LocalCopy>,
    ) {
        if copy.weight > HEAVIEST {
            return;
        }
        let Ok(tally) = self.tally_of(copy).try_into() else {
            return;
        };
        if self.slots.is_none() {
            let slots: Box<[_]> = (0..SLOTS).map(|_| None).collect();
            self.slots = slots.try_into().ok();
        }
        let Some(slots) = &mut self.slots else {
            return;
        };
        let place = place_of(slots, of, (hash, key)).unwrap_or_else(|| place_for(slots, hash));
        let (slot, stamp) = mark.into_parts();
        slots[place] = Some(Near {
            of: Arc::clone(of),
            key: NearKey::of(key),
            stamp,
            terms: copy.terms,
            copy: Arc::clone(copy),
            slot,
            tally,
            served: 0,
            grouping: Grouping::of(&copy.groups),
        });
    }

    /// Where the tally of this copy's namespace is. One whose counters are gone makes room: a copy
    /// would have kept them.
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
}

/// The place of the copy of this key: there are two where it may be.
#[inline]
fn place_of(slots: &Slots, of: &Arc<()>, (hash, key): (u64, &mut BriefKey<'_>)) -> Option<usize> {
    let [one, other] = places_of(hash);
    if is_at(one, slots, of, key) {
        return Some(one);
    }
    is_at_other(other, slots, of, key).then_some(other)
}

#[inline]
fn is_at(place: usize, slots: &Slots, of: &Arc<()>, key: &mut BriefKey<'_>) -> bool {
    let near = slots[place].as_ref();
    near.is_some_and(|near| near.is_of(of, key))
}

/// The same of the place where few are.
#[inline(never)]
fn is_at_other(place: usize, slots: &Slots, of: &Arc<()>, key: &mut BriefKey<'_>) -> bool {
    is_at(place, slots, of, key)
}

/// The place for a key with this hash: the one that is empty, or else that whose copy was served
/// less often.
fn place_for(slots: &Slots, hash: u64) -> usize {
    let served = |place: &usize| slots[*place].as_ref().map(|near| near.served);
    let [one, other] = places_of(hash);
    if served(&one) <= served(&other) {
        one
    } else {
        other
    }
}

#[inline]
fn places_of(hash: u64) -> [usize; 2] {
    let place = hash as usize % SLOTS;
    [place, place ^ 1]
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
    /// Whether it is a copy that this tier had of this key.
    #[inline]
    fn is_of(&self, tier: &Arc<()>, key: &mut BriefKey<'_>) -> bool {
        Arc::ptr_eq(&self.of, tier) && self.key.is(key, || &self.copy.key)
    }

    /// Whether the tier has it still.
    #[inline]
    pub(super) fn is_kept(&self, fillings: &Fillings) -> bool {
        fillings.is_clean(Mark::from_parts(self.slot, self.stamp))
    }

    /// On what terms it is served, and its groups if it has any.
    #[inline]
    pub(super) fn terms(&self) -> (&Terms, Option<&Membership>) {
        let groups = match self.grouping {
            Grouping::Some => Some(&self.copy.groups),
            Grouping::None => None,
        };
        (&self.terms, groups)
    }
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
