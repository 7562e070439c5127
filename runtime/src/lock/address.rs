//! Where a lock lives on the server.

use crate::key::Key;

/// The keys of one lock, all of one slot, and the channel on which its changes are told.
#[derive(Debug, Clone)]
pub(crate) struct LockAddress {
    pub(super) lock: Key,
    pub(super) fence: Vec<u8>,
    pub(super) queue: Vec<u8>,
    pub(super) channel: Vec<u8>,
}

impl LockAddress {
    pub(crate) fn new(lock: Key) -> Self {
        Self {
            fence: lock.beside("fence"),
            queue: lock.beside("queue"),
            channel: lock.beside("news"),
            lock,
        }
    }
}
