//! Which entries this process is refreshing, so that it asks the server for the lease of each but
//! once.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::key::Key;

/// The keys of the entries that are being refreshed.
#[derive(Debug, Default)]
pub(crate) struct Refreshes(Mutex<HashSet<Key>>);

/// That this process is at an entry, until it is dropped.
#[derive(Debug)]
pub(crate) struct Refreshing {
    refreshes: Arc<Refreshes>,
    key: Key,
}

impl Refreshes {
    /// Begins with this entry, unless somebody here is at it.
    pub(crate) fn begin(self: &Arc<Self>, key: &Key) -> Option<Refreshing> {
        self.lock().insert(key.clone()).then(|| Refreshing {
            refreshes: Arc::clone(self),
            key: key.clone(),
        })
    }

    /// A lock whose holder panicked is still good: nothing here can be left half changed.
    fn lock(&self) -> MutexGuard<'_, HashSet<Key>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Refreshing {
    fn drop(&mut self) {
        self.refreshes.lock().remove(&self.key);
    }
}
