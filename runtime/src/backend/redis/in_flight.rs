//! A request that waits for its reply, and what it means if nobody waits any more.

use super::link::Link;
use super::slot::Slot;
use crate::clock::{Clock, Moment};

/// Dropped without an answer, it tells a call that ran out of time from one that was merely
/// cancelled: only the first says something about the connection.
pub(super) struct InFlight<'a> {
    slot: &'a Slot,
    link: &'a Link,
    clock: &'a Clock,
    deadline: Moment,
    end: End,
}

#[derive(PartialEq, Eq)]
enum End {
    Unknown,
    Known,
}

impl<'a> InFlight<'a> {
    /// A request that is about to be sent.
    pub(super) fn new(slot: &'a Slot, link: &'a Link, clock: &'a Clock, deadline: Moment) -> Self {
        Self {
            slot,
            link,
            clock,
            deadline,
            end: End::Unknown,
        }
    }

    /// The server answered, or the driver gave up.
    pub(super) fn ended(mut self) {
        self.end = End::Known;
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if self.end == End::Unknown && self.clock.now() >= self.deadline {
            self.slot.suspect(self.link);
        }
    }
}
