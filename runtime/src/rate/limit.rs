//! One limit: so many units in so much time.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::error::{Error, ErrorKind};

/// The most units, and the most at once.
const MOST_UNITS: u64 = 1_000_000_000;
/// The longest period.
const LONGEST: Duration = Duration::from_hours(366 * 24);
/// Within what time a whole burst has to come back: what a key holds tells no longer times apart.
pub(super) const LONGEST_BURST: Duration = Duration::from_hours(4 * 366 * 24);

/// So many units in so much time, of which so many may come at once.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::Limit;
/// use std::time::Duration;
///
/// const CALLS: Limit = Limit::new(100, Duration::from_secs(60)).burst(20);
/// assert_eq!("100/1m burst 20".parse::<Limit>()?, CALLS);
/// assert_eq!(CALLS.to_string(), "100/1m burst 20");
/// assert_eq!((CALLS.units(), CALLS.burst_units(), CALLS.per().as_secs()), (100, 20, 60));
/// # Ok::<_, larder::Error>(())
/// ```
///
/// As text: `100/1m`, `10/s`, `5/10s burst 2`; the units of time are `ms`, `s`, `m`, `h`, `d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limit {
    units: u64,
    per: Duration,
    burst: u64,
}

impl Limit {
    /// This many units in this time, and as many at once.
    ///
    /// # Panics
    /// If either is zero, or the units are more than a thousand million, or the time is longer than a
    /// year or no whole milliseconds: in a constant that is an error of the compiler.
    #[must_use]
    pub const fn new(units: u64, per: Duration) -> Self {
        assert!(units > 0, "a limit of no units lets nothing pass");
        assert!(
            units <= MOST_UNITS,
            "a limit is at most a thousand million units"
        );
        assert!(
            !per.is_zero() && per.as_nanos() <= LONGEST.as_nanos(),
            "the time of a limit is longer than nothing and at most a year"
        );
        assert!(
            per.subsec_nanos().is_multiple_of(1_000_000),
            "the time of a limit is whole milliseconds"
        );
        Self {
            units,
            per,
            burst: units,
        }
    }

    /// How many may come at once; as many as in the whole time unless said. A smaller burst spreads
    /// calls more evenly, and lowers what can pass in the worst case. Windows and the log have no
    /// burst of their own.
    ///
    /// # Panics
    /// If it is zero, or more than a thousand million, or comes back only after more than four
    /// years.
    #[must_use]
    pub const fn burst(mut self, units: u64) -> Self {
        assert!(units > 0, "a burst of no units lets nothing pass");
        assert!(
            units <= MOST_UNITS,
            "a burst is at most a thousand million units"
        );
        self.burst = units;
        assert!(
            self.time_of_burst() <= LONGEST_BURST.as_micros(),
            "a burst comes back within four years: lower it, or raise the rate"
        );
        self
    }

    /// How many units.
    pub const fn units(&self) -> u64 {
        self.units
    }

    /// In how much time.
    pub const fn per(&self) -> Duration {
        self.per
    }

    /// How many at once.
    pub const fn burst_units(&self) -> u64 {
        self.burst
    }

    /// The time as text, in its largest whole unit: `1m`.
    pub(crate) fn period(&self) -> impl fmt::Display + use<> {
        let millis = self.per.as_millis();
        let units = [
            ("d", 86_400_000),
            ("h", 3_600_000),
            ("m", 60_000),
            ("s", 1000),
        ];
        let unit = units
            .into_iter()
            .find(|(_, length)| millis.is_multiple_of(*length));
        let (unit, length) = unit.unwrap_or(("ms", 1));
        fmt::from_fn(move |f| write!(f, "{}{unit}", millis / length))
    }

    /// In how many microseconds a whole burst comes back. What one unit takes is rounded up to a 64th
    /// of a microsecond, which the state of a key holds exactly: a limit is at most that much
    /// stricter than it says.
    const fn time_of_burst(&self) -> u128 {
        let unit = (self.per.as_micros() * 64).div_ceil(self.units as u128);
        (unit * self.burst as u128).div_ceil(64)
    }

    /// Several limits that stand in one text, between commas.
    pub(crate) fn parse_all(text: &str) -> Result<Vec<Self>, Error> {
        text.split(',').map(|limit| limit.trim().parse()).collect()
    }
}

impl FromStr for Limit {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |message| Error::new(ErrorKind::Configuration, "limit", message);
        let limit = parse(text).ok_or_else(|| {
            wrong(format!(
                "`{text}` is no limit: write it like `10/s`, `100/1m` or `1000/h burst 50`"
            ))
        })?;
        if limit.time_of_burst() > LONGEST_BURST.as_micros() {
            return Err(wrong(format!(
                "the burst of `{text}` comes back only after more than four years: lower it, or raise the rate"
            )));
        }
        Ok(limit)
    }
}

fn parse(text: &str) -> Option<Limit> {
    let (rate, burst) = match text.split_once(" burst ") {
        Some((rate, burst)) => (rate, Some(burst.trim().parse().ok()?)),
        None => (text, None),
    };
    let (units, per) = rate.split_once('/')?;
    let (units, per) = (units.trim().parse().ok()?, parse_period(per.trim())?);
    let burst = burst.unwrap_or(units);
    let are_counts = [units, burst]
        .iter()
        .all(|it| (1..=MOST_UNITS).contains(it));
    let is_sound = are_counts && !per.is_zero() && per <= LONGEST;
    is_sound.then_some(Limit { units, per, burst })
}

/// `10s`, or `s` for one of them.
fn parse_period(text: &str) -> Option<Duration> {
    let digits = text.len()
        - text
            .trim_start_matches(|digit: char| digit.is_ascii_digit())
            .len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = if number.is_empty() {
        1
    } else {
        number.parse().ok()?
    };
    let millis = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    Some(Duration::from_millis(number.checked_mul(millis)?))
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.units, self.period())?;
        if self.burst != self.units {
            write!(f, " burst {}", self.burst)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn limits_are_read_as_they_are_written() {
        for (text, limit) in [
            ("10/s", Limit::new(10, SECOND)),
            ("10/1s", Limit::new(10, SECOND)),
            ("10/s burst 10", Limit::new(10, SECOND)),
            ("5/250ms", Limit::new(5, SECOND / 4)),
            ("1000/h burst 50", Limit::new(1000, 3600 * SECOND).burst(50)),
            ("1/2d", Limit::new(1, 48 * 3600 * SECOND)),
        ] {
            assert_eq!(text.parse::<Limit>().unwrap(), limit, "{text}");
            assert_eq!(limit.to_string().parse::<Limit>().unwrap(), limit, "{text}");
        }
    }

    #[test]
    fn what_is_no_limit_is_an_error_that_shows_one() {
        for text in [
            "",
            "10",
            "10/",
            "/s",
            "0/s",
            "10/0s",
            "10/s burst 0",
            "-1/s",
            "10/y",
            "10/400d",
            "1e3/s",
            "1/s burst 1000000001",
        ] {
            let error = text.parse::<Limit>().unwrap_err();
            assert!(error.to_string().contains("10/s"), "{text}: {error}");
        }
    }

    #[test]
    fn a_burst_that_takes_years_to_come_back_is_an_error() {
        assert!("1/366d burst 4".parse::<Limit>().is_ok());
        for text in ["1/366d burst 5", "1/d burst 1000000"] {
            let error = text.parse::<Limit>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().contains("four years"), "{error}");
            let (rate, burst) = text.split_once(" burst ").unwrap();
            let limit: Limit = rate.parse().unwrap();
            let burst = burst.parse().unwrap();
            assert!(std::panic::catch_unwind(|| limit.burst(burst)).is_err());
        }
        // A unit never takes too short a time.
        for units in [1, 3, 7, 999, 1_000_003, 1_000_000_000] {
            assert!(Limit::new(units, SECOND).time_of_burst() >= SECOND.as_micros());
        }
    }

    #[test]
    fn a_period_is_whole_milliseconds() {
        for nanos in [1, 100, 1500, 500_000, 1_500_000] {
            let limit = || Limit::new(1, Duration::from_nanos(nanos));
            assert!(std::panic::catch_unwind(limit).is_err(), "{nanos}");
        }
        assert_eq!(Limit::new(1, SECOND / 400 * 2).to_string(), "1/5ms");
    }
}
