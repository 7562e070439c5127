//! When keys end: an ordered queue, so that keys that nobody touches end, too.

use std::collections::BTreeSet;

/// A point in time: milliseconds since the Unix epoch.
pub(super) type Millis = u64;

/// The keys that have an end, by their places in the keyspace, soonest first.
#[derive(Debug, Default)]
pub(super) struct Expiries(BTreeSet<(Millis, usize)>);

impl Expiries {
    /// Moves a key from its old end to its new one, either of which may be none.
    pub(super) fn moved(&mut self, place: usize, from: Option<Millis>, to: Option<Millis>) {
        if from == to {
            return;
        }
        if let Some(from) = from {
            self.0.remove(&(from, place));
        }
        if let Some(to) = to {
            self.0.insert((to, place));
        }
    }

    /// When the next key ends.
    pub(super) fn next_due(&self) -> Option<Millis> {
        self.0.first().map(|(due, _)| *due)
    }

    /// The place of the key that ends first.
    pub(super) fn soonest(&self) -> Option<usize> {
        self.0.first().map(|(_, place)| *place)
    }

    /// The place of a key that has ended by `now`.
    pub(super) fn due(&self, now: Millis) -> Option<usize> {
        self.0
            .first()
            .filter(|(due, _)| *due <= now)
            .map(|(_, place)| *place)
    }

    /// How many keys have an end.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
