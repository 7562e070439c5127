//! What is put into a key.

use std::sync::Arc;
use std::time::Duration;

use crate::codec::envelope;
use crate::key::IndexValue;

/// A value as it is to be stored.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) envelope: Vec<u8>,
    /// As scripts take it: 0 for a value without an end.
    pub(crate) ttl_millis: u64,
    /// The same, if it is read all the time: where it may not go unread, it is the longer one.
    pub(crate) longest_millis: u64,
    /// Under what it is listed.
    pub(crate) listed: Vec<IndexValue>,
}

impl Written {
    /// The payload, for callers that wait in this process.
    pub(crate) fn payload(&self) -> Arc<[u8]> {
        envelope::payload(&self.envelope).into()
    }

    /// How long the value lives, if it has an end, and nobody reads it.
    pub(crate) fn lives(&self) -> Option<Duration> {
        (self.ttl_millis > 0).then(|| Duration::from_millis(self.ttl_millis))
    }

    /// How long the value lives at most, if it has an end.
    pub(crate) fn lives_at_most(&self) -> Option<Duration> {
        (self.longest_millis > 0).then(|| Duration::from_millis(self.longest_millis))
    }
}
