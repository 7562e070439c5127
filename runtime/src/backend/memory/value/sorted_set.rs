//! Sorted sets: members in the order of their scores, and among equal scores in the order of their
//! bytes.
//!
//! Finding a member, a score or a range by score is logarithmic. A range of places is counted from
//! the nearer end, so that the first and the last are found at once; a member's place is counted
//! from the first, which is linear.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::{Bound, Range};
use std::sync::Arc;

use super::super::dictionary::{Bytes, Dictionary};
use super::ELEMENT_COST;

/// A score: never `nan`, so that scores have one order.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Score(f64);

/// A sorted set.
#[derive(Debug, Default)]
pub(in super::super) struct SortedSet {
    scores: Dictionary<Score>,
    order: BTreeSet<(Score, Bytes)>,
    bytes: usize,
}

impl Score {
    /// The score, unless it is not a number.
    pub(in super::super) fn new(score: f64) -> Option<Self> {
        // Minus zero and zero are one score.
        (!score.is_nan()).then_some(Self(score + 0.0))
    }

    pub(in super::super) fn get(self) -> f64 {
        self.0
    }
}

impl PartialEq for Score {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl SortedSet {
    pub(in super::super) fn len(&self) -> usize {
        self.scores.len()
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    pub(in super::super) fn size(&self) -> usize {
        self.bytes + self.scores.len() * 2 * ELEMENT_COST
    }

    pub(in super::super) fn score(&self, member: &[u8]) -> Option<Score> {
        self.scores.get(member).copied()
    }

    /// Gives the member this score and answers the one that it had.
    pub(in super::super) fn set(&mut self, member: &[u8], score: Score) -> Option<Score> {
        if let Some(place) = self.scores.place(member)
            && let Some((name, current)) = self.scores.at_mut(place)
        {
            let before = std::mem::replace(current, score);
            if before != score {
                let name = Arc::clone(name);
                let entry = (before, name);
                self.order.remove(&entry);
                self.order.insert((score, entry.1));
            }
            return Some(before);
        }
        let member: Bytes = Arc::from(member);
        self.bytes += member.len();
        self.order.insert((score, Arc::clone(&member)));
        self.scores.insert(member, score);
        None
    }

    /// Takes the member out and answers whether it was there.
    pub(in super::super) fn remove(&mut self, member: &[u8]) -> bool {
        let Some((member, score)) = self.scores.remove(member) else {
            return false;
        };
        self.bytes -= member.len();
        self.order.remove(&(score, member));
        true
    }

    /// The members with their scores, lowest first.
    pub(in super::super) fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = (&Bytes, Score)> + ExactSizeIterator {
        self.order.iter().map(|(score, member)| (member, *score))
    }

    /// The members in these places, lowest first.
    pub(in super::super) fn by_place(&self, places: Range<usize>) -> Vec<(Bytes, Score)> {
        let owned = |(score, member): &(Score, Bytes)| (Arc::clone(member), *score);
        let behind = self.len() - places.end;
        if places.start <= behind {
            let members = self.order.iter().skip(places.start);
            return members.take(places.len()).map(owned).collect();
        }
        let members = self.order.iter().rev().skip(behind);
        let mut found: Vec<_> = members.take(places.len()).map(owned).collect();
        found.reverse();
        found
    }

    /// The members whose scores are within these bounds, lowest first.
    pub(in super::super) fn by_score(
        &self,
        lowest: Bound<Score>,
        highest: Bound<Score>,
    ) -> impl Iterator<Item = (&Bytes, Score)> {
        let no_member: Bytes = Arc::from(b"".as_slice());
        // The first member that a score can have is the empty one, so the search begins there.
        let start = match lowest {
            Bound::Included(score) | Bound::Excluded(score) => Bound::Included((score, no_member)),
            Bound::Unbounded => Bound::Unbounded,
        };
        self.order
            .range((start, Bound::Unbounded))
            .map(|(score, member)| (member, *score))
            .skip_while(
                move |(_, score)| matches!(lowest, Bound::Excluded(bound) if *score == bound),
            )
            .take_while(move |(_, score)| match highest {
                Bound::Included(bound) => *score <= bound,
                Bound::Excluded(bound) => *score < bound,
                Bound::Unbounded => true,
            })
    }

    /// How many members stand before this one.
    pub(in super::super) fn rank(&self, member: &[u8]) -> Option<usize> {
        let score = self.score(member)?;
        let before = self
            .by_score(Bound::Included(score), Bound::Included(score))
            .take_while(|(other, _)| other.as_ref() < member)
            .count();
        Some(
            self.order
                .range(..(score, Arc::from(b"".as_slice())))
                .count()
                + before,
        )
    }

    /// See [`Dictionary::scan`].
    pub(in super::super) fn scan(
        &self,
        cursor: usize,
        count: usize,
        visit: impl FnMut(&Bytes, &Score),
    ) -> usize {
        self.scores.scan(cursor, count, visit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_places_is_the_same_from_both_ends() {
        let mut set = SortedSet::default();
        for number in 0..9_u8 {
            set.set(&[number], Score::new(f64::from(number / 2)).unwrap());
        }
        for start in 0..=9 {
            for end in start..=9 {
                let found = set.by_place(start..end).into_iter();
                let found: Vec<_> = found.map(|(member, _)| usize::from(member[0])).collect();
                assert_eq!(found, (start..end).collect::<Vec<_>>());
            }
        }
    }
}
