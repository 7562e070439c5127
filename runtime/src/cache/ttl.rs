//! How long a value lives.

use std::time::Duration;

use crate::length::{clamped, millis};

/// How long a stored value lives: for a while, or without an end.
///
/// Durations convert: `Ttl::from(Duration::from_secs(300))`.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::Ttl;
/// use std::time::Duration;
///
/// const FIVE_MINUTES: Ttl = Ttl::after(Duration::from_secs(300));
/// assert_eq!(FIVE_MINUTES.duration(), Some(Duration::from_secs(300)));
/// assert_eq!(Ttl::NEVER.duration(), None);
/// assert!(FIVE_MINUTES < Ttl::NEVER);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ttl(Duration);

impl Ttl {
    /// Without an end: the value stays until it is invalidated or evicted.
    pub const NEVER: Self = Self(Duration::MAX);

    /// This long, and a thousand years at most. Zero means that the value is not stored at all.
    pub const fn after(duration: Duration) -> Self {
        Self(clamped(duration))
    }

    /// The duration, or `None` for [`Ttl::NEVER`].
    pub fn duration(self) -> Option<Duration> {
        (self != Self::NEVER).then_some(self.0)
    }

    /// The TTL in whole milliseconds as scripts take it, 0 for one without an end. `None` if there
    /// is nothing to store.
    pub(crate) fn to_millis(self) -> Option<u64> {
        match self.duration() {
            None => Some(0),
            Some(duration) => Some(millis(duration)).filter(|millis| *millis > 0),
        }
    }

    /// The TTL shortened by a random part, at most `share` of it, so that values stored together do
    /// not end together.
    pub(crate) fn jittered(self, share: f32) -> Self {
        match self.duration() {
            Some(duration) if share > 0.0 => {
                let rest = duration.mul_f32(1.0 - share.min(1.0) * fastrand::f32());
                // What is that long is rounded by hours.
                Self(rest.min(duration))
            }
            _ => self,
        }
    }
}

impl From<Duration> for Ttl {
    fn from(duration: Duration) -> Self {
        Self::after(duration)
    }
}
