//! Entries that end when nobody reads them any more.
//!
//! A hit stays one round trip: that the entry was read is told the server behind it, and not for
//! every hit. What may pass between a read and the server's knowing of it is added to what an entry
//! lives, so it never ends too early: a [step](Idle::step) for a copy that has answered in this
//! process, one for what this process has told before, and one for what another has told.

use std::time::Duration;

use crate::length::millis;

/// How long an entry may go unread; a part of every call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Idle {
    millis: u64,
}

/// Which part of the time a step is, and how many of them are added: a quarter in all.
const PARTS: u64 = 12;
const STEPS: u64 = 3;

impl Idle {
    /// This long, at least so that a step is a millisecond.
    pub(crate) const fn after(duration: Duration) -> Self {
        let millis = millis(duration);
        Self {
            millis: if millis < PARTS { PARTS } else { millis },
        }
    }

    /// What may pass before the next one down the line hears of a read.
    pub(crate) const fn step(self) -> Duration {
        Duration::from_millis(self.millis / PARTS)
    }

    /// How long an entry lives from a read on that the server hears of.
    pub(crate) const fn life(self) -> Duration {
        Duration::from_millis(self.millis + STEPS * (self.millis / PARTS))
    }

    /// The TTL that the server is told of an entry with this one, in milliseconds, each 0 for one
    /// without an end.
    pub(crate) fn shorten(self, ttl_millis: u64) -> u64 {
        let life = millis(self.life());
        match ttl_millis {
            0 => life,
            ttl_millis => ttl_millis.min(life),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_lives_a_quarter_longer_than_it_may_go_unread() {
        let idle = Idle::after(Duration::from_mins(30));
        assert_eq!(idle.life(), Duration::from_secs(37 * 60 + 30));
        assert!(idle.life() >= Duration::from_mins(30) + 3 * idle.step());
        assert_eq!(idle.shorten(0), 2_250_000);
        assert_eq!(idle.shorten(60_000), 60_000);
        assert_eq!(idle.shorten(u64::MAX), 2_250_000);
    }

    #[test]
    fn no_time_is_too_short_or_too_long() {
        assert_eq!(Idle::after(Duration::ZERO).step(), Duration::from_millis(1));
        assert!(Idle::after(Duration::MAX).life() > Duration::from_hours(1));
    }
}
