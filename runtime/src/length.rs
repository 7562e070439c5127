//! How long something may last: what users declare may be any duration, and is clamped here before
//! anything is added to it, or a server is told it in milliseconds.

use std::time::Duration;

/// A thousand years: what a server can still count in milliseconds when it adds its own time, and
/// what a few of can be added up.
pub(crate) const LONGEST: Duration = Duration::from_hours(1000 * 366 * 24);

/// This long, or a thousand years.
pub(crate) const fn clamped(duration: Duration) -> Duration {
    if duration.as_nanos() > LONGEST.as_nanos() {
        LONGEST
    } else {
        duration
    }
}

/// One after the other.
pub(crate) fn sum(one: Duration, other: Duration) -> Duration {
    clamped(one.saturating_add(other))
}

/// As a server is told it, in whole milliseconds.
pub(crate) const fn millis(duration: Duration) -> u64 {
    clamped(duration).as_millis() as u64
}

/// The same, of what must not be nothing.
pub(crate) const fn millis_at_least_one(duration: Duration) -> u64 {
    match millis(duration) {
        0 => 1,
        millis => millis,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_is_too_long_to_be_counted() {
        for long in [
            LONGEST,
            Duration::from_millis(u64::MAX),
            Duration::from_secs(u64::MAX),
            Duration::MAX,
        ] {
            assert_eq!(clamped(long), LONGEST);
            assert_eq!(sum(long, long), LONGEST);
            assert_eq!(sum(Duration::from_secs(1), long), LONGEST);
            assert_eq!(u128::from(millis(long)), LONGEST.as_millis());
        }
    }

    #[test]
    fn all_others_stay_as_they_are() {
        let nearly = LONGEST.saturating_sub(Duration::from_nanos(1));
        for short in [Duration::ZERO, Duration::from_micros(1), nearly] {
            assert_eq!(clamped(short), short);
        }
        assert_eq!(millis(Duration::from_micros(1_999)), 1);
        let least = [Duration::ZERO, Duration::from_micros(999)].map(millis_at_least_one);
        assert_eq!(least, [1, 1]);
    }
}
