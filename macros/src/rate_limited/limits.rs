//! Limits as text: `"10/s, 1000/h burst 50"`.

use syn::{LitInt, LitStr};

use crate::diagnostics::Diagnostics;
use crate::parse::duration::parse;

/// How many limits one function may have.
const MOST: usize = 4;
/// The runtime's own bounds.
const MOST_UNITS: u64 = 1_000_000_000;
const LONGEST_MILLIS: u128 = 366 * 24 * 3600 * 1000;
const LONGEST_BURST_MICROS: u128 = 4 * LONGEST_MILLIS * 1000;

/// One limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit {
    pub(super) units: u64,
    pub(super) millis: u64,
    pub(super) burst: Option<u64>,
}

impl Limit {
    /// Why the runtime would refuse it, when the function is built and without a place.
    pub(super) fn problem(&self) -> Option<&'static str> {
        let (units, millis) = (u128::from(self.units), u128::from(self.millis));
        if millis > LONGEST_MILLIS {
            return Some("the time of a limit is at most a year: write a shorter one");
        }
        // What one unit takes is rounded up to a 64th of a microsecond, as the runtime does it.
        let unit = (millis * 1000 * 64).div_ceil(units);
        let burst = u128::from(self.burst.unwrap_or(1));
        ((unit * burst).div_ceil(64) > LONGEST_BURST_MICROS)
            .then_some("a burst comes back within four years: lower it, or raise the rate")
    }
}

/// The limits in a text.
pub(super) fn limits(text: &LitStr, diagnostics: &mut Diagnostics) -> Option<Vec<Limit>> {
    let written = text.value();
    let mut limits = Vec::new();
    for part in written.split(',') {
        match limit(part.trim()) {
            Ok(limit) => limits.push(limit),
            Err(problem) => {
                diagnostics.error(text.span(), problem);
                return None;
            }
        }
    }
    if limits.len() > MOST {
        diagnostics.error(
            text.span(),
            format!(
                "a function has at most {MOST} limits, and here are {}",
                limits.len()
            ),
        );
        return None;
    }
    Some(limits)
}

/// A whole number of at least one.
pub(super) fn count(literal: &LitInt, diagnostics: &mut Diagnostics) -> Option<u64> {
    match literal.base10_parse::<u64>() {
        Ok(number) if (1..=MOST_UNITS).contains(&number) => Some(number),
        _ => {
            diagnostics.error(
                literal.span(),
                format!("`{literal}` lies outside of what can be counted: 1 to {MOST_UNITS}"),
            );
            None
        }
    }
}

fn limit(text: &str) -> Result<Limit, String> {
    let wrong =
        || format!("`{text}` is no limit: write it like `10/s`, `100/1m` or `1000/h burst 50`");
    let (rate, burst) = match text.split_once(" burst ") {
        Some((rate, burst)) => (rate, Some(number(burst).ok_or_else(wrong)?)),
        None => (text, None),
    };
    let (units, period) = rate.split_once('/').ok_or_else(wrong)?;
    let units = number(units).ok_or_else(wrong)?;
    let period = period.trim();
    // `10/s` is short for `10/1s`.
    let has_number = period.starts_with(|first: char| first.is_ascii_digit());
    let period = if has_number {
        period.to_owned()
    } else {
        format!("1{period}")
    };
    let period = parse(&period).map_err(|_| wrong())?;
    if period.is_zero() {
        return Err(wrong());
    }
    let limit = Limit {
        units,
        millis: period.as_millis() as u64,
        burst,
    };
    match limit.problem() {
        Some(problem) => Err(problem.to_owned()),
        None => Ok(limit),
    }
}

fn number(text: &str) -> Option<u64> {
    let number = text.trim().parse().ok()?;
    (1..=MOST_UNITS).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read() {
        let of = |units, millis, burst| Limit {
            units,
            millis,
            burst,
        };
        assert_eq!(limit("10/s"), Ok(of(10, 1000, None)));
        assert_eq!(limit("5/250ms"), Ok(of(5, 250, None)));
        assert_eq!(limit("1000/h burst 50"), Ok(of(1000, 3_600_000, Some(50))));
    }

    #[test]
    fn what_is_no_limit_is_said() {
        for text in ["", "10", "0/s", "10/0s", "10/y", "10/s burst 0", "ten/s"] {
            assert!(limit(text).unwrap_err().contains("is no limit"), "{text}");
        }
    }

    #[test]
    fn what_the_runtime_would_refuse_is_said() {
        assert!(limit("10/366d").is_ok());
        assert!(limit("10/367d").unwrap_err().contains("at most a year"));
        assert!(limit("1/366d burst 4").is_ok());
        for text in ["1/366d burst 5", "1/d burst 1000000"] {
            assert!(limit(text).unwrap_err().contains("four years"), "{text}");
        }
    }
}
