//! Which entries this process is refreshing, so that it asks the server for the lease of each but
//! once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Moment;
use crate::key::Key;

/// The entries that are being refreshed.
#[derive(Debug, Default)]
pub(crate) struct Refreshes(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    marks: HashMap<Key, Mark>,
    /// How many refreshes have begun.
    begun: u64,
}

/// Somebody here is at an entry.
#[derive(Debug)]
struct Mark {
    number: u64,
    /// From then on others do not mind it: if he lives, he has the server's lease, and if not, his
    /// runtime may stand still.
    until: Moment,
}

/// That this process is at an entry, until it is dropped.
#[derive(Debug)]
pub(crate) struct Refreshing {
    refreshes: Arc<Refreshes>,
    key: Key,
    number: u64,
}

impl Refreshes {
    /// Begins with this entry, of which nobody has the server's lease, unless somebody here is at
    /// it. After a lease others may begin all the same.
    pub(crate) fn begin(
        self: &Arc<Self>,
        key: &Key,
        now: Moment,
        lease: Duration,
    ) -> Option<Refreshing> {
        let mut state = self.lock();
        let number = state.begun;
        let mark = Mark {
            number,
            until: now + lease,
        };
        match state.marks.entry(key.clone()) {
            Entry::Occupied(other) if now < other.get().until => return None,
            Entry::Occupied(mut other) => drop(other.insert(mark)),
            Entry::Vacant(place) => drop(place.insert(mark)),
        }
        state.begun += 1;
        drop(state);
        Some(Refreshing {
            refreshes: Arc::clone(self),
            key: key.clone(),
            number,
        })
    }

    /// A lock whose holder panicked is still good: nothing here can be left half changed.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Refreshing {
    fn drop(&mut self) {
        let mut state = self.refreshes.lock();
        let mark = state.marks.get(&self.key);
        if mark.is_some_and(|mark| mark.number == self.number) {
            state.marks.remove(&self.key);
        }
    }
}
