//! Numbers as Redis reads and writes them.

/// The whole number that these bytes spell in the one way that Redis writes it: no sign but `-`, no
/// zeros in front, no spaces.
pub(super) fn parse_integer(bytes: &[u8]) -> Option<i64> {
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let is_canonical = match digits {
        [b'0'] => bytes.len() == 1,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    is_canonical
        .then(|| std::str::from_utf8(bytes).ok()?.parse().ok())
        .flatten()
}

/// The number with a fraction that these bytes spell, as near as there is one; infinities are
/// numbers, `nan` is not.
pub(super) fn parse_float(bytes: &[u8]) -> Option<f64> {
    let number: f64 = std::str::from_utf8(bytes).ok()?.parse().ok()?;
    (!number.is_nan()).then_some(number)
}

/// The number that these bytes spell as a score: none if no float of 64 bits comes near it.
pub(super) fn parse_score(bytes: &[u8]) -> Option<f64> {
    let number = parse_float(bytes)?;
    let is_lost = number.is_infinite() || number == 0.0;
    (!is_lost || magnitude(bytes).is_none()).then_some(number)
}

/// The number that these bytes spell as something to count with. Redis does that with floats of 80
/// bits, and refuses what they have no room for.
pub(super) fn parse_summand(bytes: &[u8]) -> Option<f64> {
    let number = parse_float(bytes)?;
    magnitude(bytes)
        .is_none_or(|magnitude| (-4951..=4932).contains(&magnitude))
        .then_some(number)
}

/// With which power of ten a number begins, however large or small it is; `None` if it is zero or
/// infinite.
fn magnitude(number: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(number).ok()?;
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let digits = digits.trim_start_matches(['-', '+']);
    let whole = digits.find('.').unwrap_or(digits.len());
    let first = digits.find(|digit| matches!(digit, '1'..='9'))?;
    let place = i64::try_from(whole).ok()? - i64::try_from(first).ok()?;
    // Between the digits before the point and those after it stands the point.
    let place = if first < whole { place - 1 } else { place };
    let exponent = match exponent.parse() {
        Ok(exponent) => exponent,
        Err(_) if exponent.starts_with('-') => i64::MIN,
        Err(_) => i64::MAX,
    };
    Some(place.saturating_add(exponent))
}

/// Below this, every whole number is a float of its own.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// The number as C prints it with `%.17g`, which is how Redis 7.0 writes scores and a script's
/// arguments.
pub(super) fn format_float(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    if number.is_nan() {
        return "nan".to_owned();
    }
    // Minus zero is whole, too, but keeps its sign.
    if number.fract() == 0.0 && number.abs() < LARGEST_EXACT && number != 0.0 {
        return (number as i64).to_string();
    }
    let scientific = format!("{number:.16e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..17).contains(&exponent) {
        let decimals = usize::try_from(16 - exponent).unwrap_or(0);
        return without_zeros(&format!("{number:.decimals$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!(
        "{}e{sign}{:02}",
        without_zeros(mantissa),
        exponent.unsigned_abs()
    )
}

/// The text without the zeros that end its fraction.
fn without_zeros(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

/// The sum of two numbers, as `INCRBYFLOAT` writes it: a plain decimal with at most 17 places.
/// `None` if it is not finite.
///
/// Redis computes with the 80-bit floats of some machines, so that 0.1 and 0.2 make 0.3. Here
/// numbers of an ordinary size are added as exact decimals, with the same result up to the 17th
/// digit.
pub(super) fn add_decimals(left: &[u8], right: &[u8]) -> Option<String> {
    if let (Some(left), Some(right)) = (Decimal::parse(left), Decimal::parse(right))
        && let Some(sum) = left.0.checked_add(right.0)
    {
        return Some(Decimal(sum).to_string());
    }
    let sum = parse_float(left)? + parse_float(right)?;
    sum.is_finite()
        .then(|| without_zeros(&format!("{sum:.17}")).to_owned())
}

/// A number in units of 10⁻¹⁷.
struct Decimal(i128);

impl Decimal {
    const PLACES: i32 = 17;

    /// How many digits a number may have to be added exactly.
    const MOST_DIGITS: usize = 35;

    /// The exact number, unless it has more digits than fit.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse().ok()?),
            None => (text, 0_i32),
        };
        let (sign, digits) = match number.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, number.strip_prefix('+').unwrap_or(number)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let digits = format!("{whole}{fraction}");
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        if digits.is_empty() || digits.len() > Self::MOST_DIGITS || !is_plain {
            return None;
        }
        let units: i128 = digits.parse().ok()?;
        // A negative shift would cut digits off: such numbers are too fine to be added exactly.
        let shift = Self::PLACES
            .checked_add(exponent)?
            .checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let scale = 10_i128.checked_pow(u32::try_from(shift).ok()?)?;
        units.checked_mul(scale).map(|units| Self(sign * units))
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let one = 10_u128.pow(17);
        let units = self.0.unsigned_abs();
        let text = format!("{sign}{}.{:017}", units / one, units % one);
        f.write_str(without_zeros(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_one_spelling() {
        for (text, number) in [
            ("0", Some(0)),
            ("-1", Some(-1)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("+1", None),
            ("01", None),
            ("-0", None),
            (" 1", None),
            ("1.0", None),
            ("-", None),
            ("", None),
        ] {
            assert_eq!(parse_integer(text.as_bytes()), number, "{text}");
        }
    }

    #[test]
    fn floats_are_written_as_c_does() {
        for (number, text) in [
            (3.0, "3"),
            (0.0, "0"),
            (-0.0, "-0"),
            (0.1, "0.10000000000000001"),
            (-2.5, "-2.5"),
            (1e20, "1e+20"),
            (1.5e-7, "1.4999999999999999e-07"),
            (1_700_000_000_123.0, "1700000000123"),
            (12_345_678_901_234_567_000.0, "1.2345678901234567e+19"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(format_float(number), text);
        }
    }

    #[test]
    fn decimals_add_without_noise() {
        for (left, right, sum) in [
            ("0.1", "0.2", "0.3"),
            ("10.50", "0.1", "10.6"),
            ("5.0e3", "2.0e2", "5200"),
            ("0.3", "3.0e3", "3000.3"),
            ("1e-3", "+1", "1.001"),
            ("3", "-3.5", "-0.5"),
            ("1", "-1", "0"),
        ] {
            let found = add_decimals(left.as_bytes(), right.as_bytes());
            assert_eq!(found.as_deref(), Some(sum));
        }
        assert_eq!(add_decimals(b"inf", b"1"), None);
        assert_eq!(add_decimals(b"x", b"1"), None);
        assert_eq!(add_decimals(b"1", b"1e2147483647"), None);
        let tiny = b"1.234567890123456789012e-2147483648";
        assert_eq!(add_decimals(b"1", tiny).as_deref(), Some("1"));
    }

    #[test]
    fn a_number_begins_with_a_power_of_ten() {
        for (text, power) in [
            ("1", Some(0)),
            ("-12.5", Some(1)),
            ("+0.05", Some(-2)),
            (".5e3", Some(2)),
            ("00100.e-4", Some(-2)),
            ("1e2147483648", Some(2_147_483_648)),
            ("5e99999999999999999999", Some(i64::MAX)),
            ("0.5e-99999999999999999999", Some(i64::MIN)),
            ("0e99999999999999999999", None),
            ("-0.0", None),
            ("-inf", None),
            ("infinity", None),
        ] {
            assert_eq!(magnitude(text.as_bytes()), power, "{text}");
        }
    }

    #[test]
    fn a_number_beyond_the_floats_is_none() {
        let is_score = |text: &str| parse_score(text.as_bytes()).is_some();
        let is_summand = |text: &str| parse_summand(text.as_bytes()).is_some();
        for text in ["1e308", "-1e-310", "0e999", "inf", "-Infinity"] {
            assert!(is_score(text) && is_summand(text), "{text}");
        }
        for text in ["1e309", "1.8e308", "-1e309", "1e-400"] {
            assert!(!is_score(text) && is_summand(text), "{text}");
        }
        for text in ["1e4933", "-1e-4952", "1e2147483647", "nan", "x", ""] {
            assert!(!is_score(text) && !is_summand(text), "{text}");
        }
    }
}
