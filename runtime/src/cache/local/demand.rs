//! What a call asks of a copy beyond what every copy promises.

use std::time::Duration;

use super::InvalidationToken;
use super::copy::LocalCopy;
use crate::clock::Moment;

/// What a call asks of a copy. Without any of it, every copy will do that is served at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Demand {
    /// How long ago it may have been read.
    max_age: Option<Duration>,
    /// The invalidation after which it must have been read.
    at_least: Option<InvalidationToken>,
}

impl Demand {
    /// Nothing more than what every copy promises.
    #[cfg(test)]
    pub(crate) const NONE: Self = Self {
        max_age: None,
        at_least: None,
    };

    /// No copy that was read so long ago, or longer.
    pub(crate) fn max_age(limit: Duration) -> Self {
        Self {
            max_age: Some(limit),
            at_least: None,
        }
    }

    /// No copy that was read before this invalidation.
    pub(crate) fn at_least(token: InvalidationToken) -> Self {
        Self {
            max_age: None,
            at_least: Some(token),
        }
    }

    /// Both demands at once.
    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        let shorter = self.max_age.into_iter().chain(other.max_age).min();
        Self {
            max_age: shorter,
            // No token asks for less than any token.
            at_least: self.at_least.max(other.at_least),
        }
    }

    /// Whether every copy will do that is served at all.
    #[inline]
    pub(super) fn is_none(&self) -> bool {
        self.max_age.is_none() && self.at_least.is_none()
    }

    /// Whether this copy will do now.
    pub(super) fn accepts(&self, copy: &LocalCopy, now: Moment) -> bool {
        let is_young = self
            .max_age
            .is_none_or(|limit| now.saturating_since(copy.read_at()) < limit);
        is_young
            && self
                .at_least
                .is_none_or(|token| token.is_before(copy.server_time()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_demands_are_as_strict_as_the_stricter() {
        let [short, long] = [1, 2].map(Duration::from_secs).map(Demand::max_age);
        assert_eq!(short.and(long), short);
        assert_eq!(long.and(short), short);
        assert_eq!(Demand::default().and(long), long);

        let [early, late] = [1, 2].map(InvalidationToken::at).map(Demand::at_least);
        assert_eq!(early.and(late), late);
        assert_eq!(late.and(Demand::default()), late);

        let both = short.and(late);
        assert_eq!(
            (both.max_age, both.at_least),
            (short.max_age, late.at_least)
        );
    }
}
