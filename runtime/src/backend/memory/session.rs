//! What the server knows of one connection.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::dictionary::Bytes;
use super::mailbox::Mailbox;

/// A connection's number, as `CLIENT ID` answers it. No number is given twice.
pub(super) type SessionId = i64;

/// One connection.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) name: Vec<u8>,
    pub(super) tracking: TrackingMode,
    pub(super) subscriptions: BTreeSet<Bytes>,
    /// What it has read and is not yet told of, since the server was sabotaged.
    pub(super) late_reads: Vec<Vec<u8>>,
    pub(super) mailbox: Arc<Mailbox>,
}

/// Which reads of a connection are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrackingMode {
    /// None.
    Off,
    /// Every one.
    EveryRead,
    /// Those of a command or transaction right behind `CLIENT CACHING YES`.
    OptIn(Caching),
}

/// Whether the next command's reads are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caching {
    NextCommand,
    NotAsked,
}

impl Session {
    /// A connection that was just made, and set up as the Redis backend sets up its own: tracking
    /// is on, for the reads that ask for it.
    pub(super) fn new(mailbox: Arc<Mailbox>) -> Self {
        Self {
            name: Vec::new(),
            tracking: TrackingMode::OptIn(Caching::NotAsked),
            subscriptions: BTreeSet::new(),
            late_reads: Vec::new(),
            mailbox,
        }
    }

    /// Whether reads are remembered now.
    pub(super) fn remembers_reads(&self) -> bool {
        matches!(
            self.tracking,
            TrackingMode::EveryRead | TrackingMode::OptIn(Caching::NextCommand)
        )
    }
}
