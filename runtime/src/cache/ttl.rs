//! How long a value lives.

use std::time::Duration;

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

/// What a server can still count as milliseconds without overflow when it adds its own time: a
/// thousand years.
const LONGEST: Duration = Duration::from_hours(1000 * 366 * 24);

impl Ttl {
    /// Without an end: the value stays until it is invalidated or evicted.
    pub const NEVER: Self = Self(Duration::MAX);

    /// This long. Zero means that the value is not stored at all.
    pub const fn after(duration: Duration) -> Self {
        Self(duration)
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
            Some(duration) => {
                let millis = duration.min(LONGEST).as_millis() as u64;
                (millis > 0).then_some(millis)
            }
        }
    }

    /// The TTL shortened by a random part, at most `share` of it, so that values stored together do
    /// not end together.
    pub(crate) fn jittered(self, share: f32) -> Self {
        match self.duration() {
            Some(duration) if share > 0.0 => {
                Self(duration.mul_f32(1.0 - share.min(1.0) * fastrand::f32()))
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
