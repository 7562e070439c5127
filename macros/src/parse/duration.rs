//! Durations: `"5m"`, `"1h30m"`, or an expression of type `Duration`. Never a number without a
//! unit.

use std::time::Duration;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, ExprUnary, Lit, UnOp};

use super::Given;
use super::literal::literal;
use crate::diagnostics::Diagnostics;

/// The units, longest first, with their length in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 24 * 60 * 60 * 1000),
    ("h", 60 * 60 * 1000),
    ("m", 60 * 1000),
    ("s", 1000),
    ("ms", 1),
];

/// How long, as far as the attribute can know it.
pub(crate) enum Time {
    /// Written out.
    Exact(Duration),
    /// Known when the program runs.
    Expression(Expr),
}

impl Time {
    /// Whether the compiler can build it.
    pub(crate) const fn is_constant(&self) -> bool {
        matches!(self, Self::Exact(_))
    }

    /// An expression of type `Duration`.
    pub(crate) fn tokens(&self) -> TokenStream {
        match self {
            Self::Exact(duration) => {
                let milliseconds = duration.as_millis() as u64;
                quote!(::core::time::Duration::from_millis(#milliseconds))
            }
            Self::Expression(expr) => quote!(#expr),
        }
    }
}

/// Whether a duration may be zero.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zero {
    Allowed,
    Refused,
}

/// The duration in `name = duration`.
pub(crate) fn duration(
    given: Given<Expr>,
    zero: Zero,
    diagnostics: &mut Diagnostics,
) -> Option<Time> {
    let name = given.name;
    let (place, problem) = match (literal(&given.value), &given.value) {
        (Some(Lit::Str(text)), _) => match parse(&text.value()) {
            Ok(duration) if duration.is_zero() && zero == Zero::Refused => (
                &given.value,
                format!("`{name}` must be longer than nothing"),
            ),
            Ok(duration) => return Some(Time::Exact(duration)),
            Err(problem) => (&given.value, problem),
        },
        (Some(Lit::Int(number)), _) => {
            let (digits, unit) = (number.base10_digits(), number.suffix());
            let problem = match short(unit) {
                Some(unit) => format!(
                    "a duration stands between quotation marks: write `{name} = \"{digits}{unit}\"`"
                ),
                None => format!(
                    "`{number}` of what? Write the unit: `{name} = \"{digits}s\"` (`ms`, `s`, `m`, `h`, `d`)"
                ),
            };
            (&given.value, problem)
        }
        (Some(_), _)
        | (
            None,
            Expr::Unary(ExprUnary {
                op: UnOp::Neg(_), ..
            }),
        ) => (
            &given.value,
            format!(
                "`{name}` is a duration: write `{name} = \"5m\"`, or an expression of type `Duration`"
            ),
        ),
        (None, _) => return Some(Time::Expression(given.value)),
    };
    diagnostics.error_at(place, problem);
    None
}

/// Numbers with units, each unit at most once and the longer ones first: `1h30m`.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let refusal = |problem: &str| {
        format!(
            "{problem}: write a duration such as `\"250ms\"`, `\"5m\"` or `\"1h30m\"` (`ms`, `s`, `m`, `h`, `d`)"
        )
    };
    let mut milliseconds: u64 = 0;
    let mut units = UNITS.iter();
    let mut rest = text;
    if rest.is_empty() {
        return Err(refusal("this is empty"));
    }
    while !rest.is_empty() {
        let digits = prefix(rest, |letter| letter.is_ascii_digit());
        rest = &rest[digits.len()..];
        let unit = prefix(rest, |letter| !letter.is_ascii_digit());
        rest = &rest[unit.len()..];
        if digits.is_empty() {
            return Err(refusal(&format!("`{unit}` is not a number with a unit")));
        }
        if unit.is_empty() {
            return Err(refusal(&format!("`{digits}` has no unit")));
        }
        if !UNITS.iter().any(|(name, _)| *name == unit) {
            if let Some(short) = short(unit) {
                let unit = unit.trim_end();
                return Err(format!("`{digits}{unit}` is written `\"{digits}{short}\"`"));
            }
            return Err(refusal(&format!("there is no unit `{unit}`")));
        }
        // What is left of the units are the shorter ones: a unit that is not among them is out of
        // order.
        let Some((_, length)) = units.find(|(name, _)| *name == unit) else {
            return Err(refusal(&format!(
                "`{unit}` is out of order or written twice"
            )));
        };
        milliseconds = digits
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(*length))
            .and_then(|part| milliseconds.checked_add(part))
            // The server counts milliseconds since 1970 in an `i64`.
            .filter(|sum| *sum <= i64::MAX.unsigned_abs() / 2)
            .ok_or_else(|| "this is longer than the server can count".to_owned())?;
    }
    Ok(Duration::from_millis(milliseconds))
}

/// The unit that somebody meant who wrote it out, or with a blank before it.
fn short(unit: &str) -> Option<&'static str> {
    match unit.trim() {
        "d" | "day" | "days" => Some("d"),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some("h"),
        "m" | "min" | "mins" | "minute" | "minutes" => Some("m"),
        "s" | "sec" | "secs" | "second" | "seconds" => Some("s"),
        "ms" | "msec" | "milli" | "millis" | "millisecond" | "milliseconds" => Some("ms"),
        _ => None,
    }
}

fn prefix(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    let end = text.find(|letter| !belongs(letter)).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(text: &str) -> u128 {
        parse(text).expect("a duration").as_millis()
    }

    #[test]
    fn every_unit_has_its_length() {
        assert_eq!(milliseconds("250ms"), 250);
        assert_eq!(milliseconds("10s"), 10_000);
        assert_eq!(milliseconds("5m"), 300_000);
        assert_eq!(milliseconds("2h"), 7_200_000);
        assert_eq!(milliseconds("1d"), 86_400_000);
    }

    #[test]
    fn units_add_up_from_the_longest_down() {
        assert_eq!(milliseconds("1h30m"), 5_400_000);
        assert_eq!(milliseconds("1d1h1m1s1ms"), 90_061_001);
    }

    #[test]
    fn a_unit_that_was_written_out_is_shortened() {
        for (text, cure) in [("5 minutes", "5m"), ("1h 30m", "1h"), ("90 sec", "90s")] {
            let problem = parse(text).expect_err("no unit of ours");
            assert!(problem.ends_with(&format!("`\"{cure}\"`")), "{problem}");
        }
    }

    #[test]
    fn whatever_could_be_misread_is_refused() {
        for text in [
            "",
            "5",
            "m",
            "5 m",
            "5x",
            "1.5h",
            "-5m",
            "30m1h",
            "5m5m",
            "5M",
            "99999999999999999999d",
            "1h30",
        ] {
            assert!(parse(text).is_err(), "{text:?} was read as a duration");
        }
    }
}
