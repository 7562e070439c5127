//! Where a lock lives on the server.

use std::sync::Arc;

use crate::key::Key;

/// The keys of one lock, both of one slot.
#[derive(Debug)]
pub(crate) struct LockAddress {
    pub(super) lock: Key,
    /// Who waits for his turn; the channel of this name tells of the lock's changes.
    pub(super) queue: Vec<u8>,
}

impl LockAddress {
    pub(crate) fn new(lock: Key) -> Arc<Self> {
        Arc::new(Self {
            queue: lock.beside("queue"),
            lock,
        })
    }
}
