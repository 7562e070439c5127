//! Reading the words behind a command's name.

use super::super::number::{parse_integer, parse_score, parse_summand};
use super::super::refusal::{Outcome, not_a_float, not_an_integer, syntax};
use super::super::value::Score;
use crate::backend::{Reply, ServerError};

/// Whether the word is this option, in whatever case.
pub(super) fn is(word: &[u8], option: &str) -> bool {
    word.eq_ignore_ascii_case(option.as_bytes())
}

/// The word as a whole number.
pub(super) fn integer(word: &[u8]) -> Outcome<i64> {
    parse_integer(word).ok_or_else(not_an_integer)
}

/// The word as a number with a fraction to count with.
pub(super) fn summand(word: &[u8]) -> Outcome<f64> {
    parse_summand(word).ok_or_else(not_a_float)
}

/// The word as a score.
pub(super) fn score(word: &[u8]) -> Outcome<Score> {
    parse_score(word)
        .and_then(Score::new)
        .ok_or_else(not_a_float)
}

/// The word as a number of elements, which cannot be negative.
pub(super) fn count(word: &[u8]) -> Outcome<usize> {
    parse_integer(word)
        .and_then(|number| usize::try_from(number).ok())
        .ok_or_else(|| ServerError::new("ERR value is out of range, must be positive"))
}

/// The word that an option needs behind it.
pub(super) fn next<'a>(rest: &mut impl Iterator<Item = &'a &'a [u8]>) -> Outcome<&'a [u8]> {
    rest.next().copied().ok_or_else(syntax)
}

/// A reply of bytes.
pub(super) fn bulk(bytes: impl Into<Vec<u8>>) -> Reply {
    Reply::Bulk(bytes.into())
}

/// A reply of bytes, or nil.
pub(super) fn bulk_or_nil(bytes: Option<&[u8]>) -> Reply {
    bytes.map_or(Reply::Nil, bulk)
}

/// A reply that counts.
pub(super) fn number(count: usize) -> Reply {
    Reply::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A reply of one or zero.
pub(super) fn yes_or_no(yes: bool) -> Reply {
    Reply::Int(i64::from(yes))
}
