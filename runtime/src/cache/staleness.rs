//! When what is stored is refreshed, and for how long it is served when it is stale.

use std::time::Duration;

use super::ttl::Ttl;
use crate::codec::envelope::Header;
use crate::length::{millis_at_least_one as millis, sum};

/// When a value is refreshed before it is stale, so that no caller has to wait for a load.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::{CacheSpec, Early, Ttl};
/// use std::time::Duration;
///
/// // In the last six seconds of a value's minute the first caller of the fleet refreshes it.
/// const RATES: CacheSpec = CacheSpec::new("rates", Ttl::after(Duration::from_secs(60)))
///     .early(Early::Last(0.1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Early {
    /// When less than this share of the TTL is left, between 0 and 1.
    Last(f32),
    /// By chance, the more likely the nearer the end is and the longer a load takes: `XFetch`
    /// (Vattani, Chierichetti, Lowenstein: "Optimal Probabilistic Cache Stampede Prevention", VLDB
    /// 2015), with β = 1 and the time that the last load took.
    XFetch,
}

/// What a cache declares of staleness. Times are in milliseconds, 0 for what is not declared: it is
/// a part of every call.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Staleness {
    stale: u64,
    throttle: u64,
    refresh_every: u64,
    soft: u64,
    early: Option<Early>,
}

/// How old a value is for the cache that has read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    Fresh,
    /// Fresh, and to be refreshed.
    Ripe,
    /// To be served and refreshed.
    Stale,
    /// Of no use any more.
    Expired,
}

impl Staleness {
    /// Nothing is declared: a value ends when it is not fresh any more.
    pub(crate) const NONE: Self = Self {
        stale: 0,
        throttle: 0,
        refresh_every: 0,
        soft: 0,
        early: None,
    };

    pub(super) const fn set_stale(&mut self, stale: Duration) {
        self.stale = millis(stale);
    }

    pub(super) const fn set_throttle(&mut self, throttle: Duration) {
        self.throttle = millis(throttle);
    }

    pub(super) const fn set_refresh_every(&mut self, age: Duration) {
        self.refresh_every = millis(age);
    }

    pub(super) const fn set_soft(&mut self, wait: Duration) {
        self.soft = millis(wait);
    }

    pub(super) const fn set_early(&mut self, early: Early) {
        self.early = Some(early);
    }

    /// Whether what is stored may be refreshed while it stands there.
    pub(crate) fn refreshes(&self) -> bool {
        self.stale > 0 || self.refresh_every > 0 || self.early.is_some()
    }

    /// For how long a value is served when it is not fresh any more.
    pub(crate) fn grace(&self) -> Duration {
        Duration::from_millis(self.stale)
    }

    /// For how long nobody tries again after a refresh has failed, if that is declared.
    pub(crate) fn throttle(&self) -> Option<Duration> {
        (self.throttle > 0).then(|| Duration::from_millis(self.throttle))
    }

    /// For how long whoever refreshes a value waits for the new one, if that is declared.
    pub(crate) fn soft(&self) -> Option<Duration> {
        (self.soft > 0).then(|| Duration::from_millis(self.soft))
    }

    /// Whether anybody asks how long ago a value was stored.
    pub(crate) fn counts_from_storing(&self) -> bool {
        self.refresh_every > 0
    }

    /// How old a value of this declared TTL is at this time by the server's clock, in milliseconds
    /// since 1970.
    pub(crate) fn age(&self, header: &Header, ttl: Ttl, now: u64) -> Age {
        match header.fresh_until {
            Some(until) if now >= until.saturating_add(self.stale) => Age::Expired,
            Some(until) if now >= until => Age::Stale,
            _ if self.ripens(header, ttl).is_some_and(|ripe| now >= ripe) => Age::Ripe,
            _ => Age::Fresh,
        }
    }

    /// From when on a value is to be refreshed, by the server's clock; asked anew, chance says
    /// another time.
    pub(crate) fn ripens(&self, header: &Header, ttl: Ttl) -> Option<u64> {
        let by_age = self
            .counts_from_storing()
            .then(|| header.stored_at.saturating_add(self.refresh_every));
        let early = self.early.zip(header.fresh_until);
        let lead =
            |(early, until): (Early, u64)| until.saturating_sub(early.lead(header, until, ttl));
        let by_end = early.map(lead);
        by_age.into_iter().chain(by_end).min()
    }

    /// How long the entry of a value lives that is fresh for so long.
    pub(crate) fn lengthen(&self, fresh: Ttl) -> Ttl {
        match fresh.duration() {
            Some(duration) if !duration.is_zero() => Ttl::after(sum(duration, self.grace())),
            _ => fresh,
        }
    }
}

impl Early {
    /// How many milliseconds before the end.
    fn lead(self, header: &Header, until: u64, ttl: Ttl) -> u64 {
        match self {
            Self::Last(share) => {
                let lives = Duration::from_millis(until.saturating_sub(header.stored_at));
                // What was touched has lived for a while before its TTL began anew.
                let lives = ttl.duration().map_or(lives, |ttl| lives.min(ttl));
                // What is no number is no share.
                let share = if share > 0.0 { share.min(1.0) } else { 0.0 };
                lives.mul_f32(share).as_millis() as u64
            }
            Self::XFetch => {
                // Never the logarithm of zero, and so less than forty times the cost.
                let chance = 1.0 - fastrand::f64();
                header.cost.mul_f64(-chance.ln()).as_millis() as u64
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Codec;
    use crate::codec::envelope::Token;

    const HEADER: Header = Header {
        codec: Codec::MessagePack,
        fingerprint: 0,
        stored_at: 1_000_000,
        fresh_until: Some(1_060_000),
        cost: Duration::from_millis(400),
        token: Token::new([7; 16]),
    };

    const MINUTE: Ttl = Ttl::after(Duration::from_mins(1));

    fn declared(declare: impl FnOnce(&mut Staleness)) -> Staleness {
        let mut staleness = Staleness::NONE;
        declare(&mut staleness);
        staleness
    }

    #[test]
    fn a_value_is_served_for_as_long_as_its_grace() {
        let staleness = declared(|it| it.set_stale(Duration::from_secs(5)));
        let ages = [1_059_999, 1_060_000, 1_064_999, 1_065_000]
            .map(|now| staleness.age(&HEADER, MINUTE, now));
        assert_eq!(ages, [Age::Fresh, Age::Stale, Age::Stale, Age::Expired]);
        let endless = Header {
            fresh_until: None,
            ..HEADER
        };
        assert_eq!(staleness.age(&endless, MINUTE, u64::MAX), Age::Fresh);
    }

    #[test]
    fn a_share_of_the_ttl_is_counted_from_its_end() {
        let staleness = declared(|it| it.set_early(Early::Last(0.1)));
        let ages = [1_053_999, 1_054_000, 1_059_999, 1_060_000]
            .map(|now| staleness.age(&HEADER, MINUTE, now));
        assert_eq!(ages, [Age::Fresh, Age::Ripe, Age::Ripe, Age::Expired]);
    }

    #[test]
    fn a_share_of_the_ttl_is_no_greater_for_what_was_touched() {
        let staleness = declared(|it| it.set_early(Early::Last(0.1)));
        let touched = Header {
            fresh_until: Some(9_060_000),
            ..HEADER
        };
        let ages = [9_053_999, 9_054_000].map(|now| staleness.age(&touched, MINUTE, now));
        assert_eq!(ages, [Age::Fresh, Age::Ripe]);
    }

    #[test]
    fn refresh_every_is_counted_from_when_it_was_stored() {
        let staleness = declared(|it| it.set_refresh_every(Duration::from_secs(10)));
        let endless = Header {
            fresh_until: None,
            ..HEADER
        };
        assert_eq!(staleness.age(&endless, MINUTE, 1_009_999), Age::Fresh);
        assert_eq!(staleness.age(&endless, MINUTE, 1_010_000), Age::Ripe);
    }

    #[test]
    fn no_time_that_is_stored_is_too_late_to_be_added_to() {
        let mut staleness = declared(|it| it.set_refresh_every(Duration::from_secs(10)));
        staleness.set_stale(Duration::MAX);
        staleness.set_early(Early::Last(1.0));
        let never = Header {
            stored_at: u64::MAX,
            fresh_until: Some(u64::MAX),
            ..HEADER
        };
        assert_eq!(staleness.age(&never, MINUTE, 1_000_000), Age::Fresh);
    }

    /// The chance that a call so long before the end refreshes is `exp(−left / cost)`.
    #[test]
    fn xfetch_draws_as_its_paper_says() {
        let staleness = declared(|it| it.set_early(Early::XFetch));
        fastrand::seed(7);
        for (left, expected) in [(4_000, 0.0), (800, 0.135), (400, 0.368), (100, 0.779)] {
            let now = 1_060_000 - left;
            let draw = |_| f64::from(u8::from(staleness.age(&HEADER, MINUTE, now) == Age::Ripe));
            let share = (0..20_000).map(draw).sum::<f64>() / 20_000.0;
            assert!((share - expected).abs() < 0.02, "{left} ms: {share}");
        }
    }
}
