//! Strings.

use super::super::database::Database;
use super::super::expiry::Millis;
use super::super::keyspace::{Effect, Ending};
use super::super::number::{add_decimals, parse_summand};
use super::super::refusal::{
    Outcome, invalid_expiry, not_a_float, overflow, syntax, too_long, wrong_arity,
};
use super::super::value::{Text, range};
use super::arguments::{bulk, bulk_or_nil, integer, is, number, summand, yes_or_no};
use super::key::{Unit, deadline};
use crate::backend::{Reply, ServerError};

/// No string grows longer: Redis' `proto-max-bulk-len`.
const MOST_BYTES: usize = 512 * 1024 * 1024;

pub(super) fn get(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let text = database.keyspace.read::<Text>(arguments[0])?;
    Ok(bulk_or_nil(text.map(|text| text.0.as_slice())))
}

pub(super) fn set(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let (key, value) = (arguments[0], arguments[1]);
    let options = SetOptions::parse(&arguments[2..])?;
    let ending = options.end.ending(database.keyspace.now(), "set")?;
    let before = if options.answers_old {
        get(database, &[key])?
    } else {
        Reply::Nil
    };
    let is_due = options
        .only_if
        .is_none_or(|wanted| (wanted == Presence::There) == database.keyspace.contains(key));
    if is_due {
        database
            .keyspace
            .put_text(key, value, ending.unwrap_or(Ending::Never));
    }
    Ok(match (options.answers_old, is_due) {
        (true, _) => before,
        (false, true) => Reply::okay(),
        (false, false) => Reply::Nil,
    })
}

/// Whether a key must be there for a command to do its work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    There,
    Missing,
}

struct SetOptions<'a> {
    end: EndOption<'a>,
    only_if: Option<Presence>,
    answers_old: bool,
}

impl<'a> SetOptions<'a> {
    fn parse(words: &[&'a [u8]]) -> Outcome<Self> {
        let mut options = Self {
            end: EndOption::Unsaid,
            only_if: None,
            answers_old: false,
        };
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            if is(word, "NX") && options.only_if != Some(Presence::There) {
                options.only_if = Some(Presence::Missing);
            } else if is(word, "XX") && options.only_if != Some(Presence::Missing) {
                options.only_if = Some(Presence::There);
            } else if is(word, "GET") {
                options.answers_old = true;
            } else if is(word, "KEEPTTL") {
                options.end = options.end.then(EndOption::Set(Ending::Kept))?;
            } else {
                options.end = options.end.then(EndOption::timed(word, &mut rest)?)?;
            }
        }
        Ok(options)
    }
}

/// What `SET` and `GETEX` are told about the end of a key, before anybody has read the number in
/// it.
#[derive(Clone, Copy)]
enum EndOption<'a> {
    Unsaid,
    Set(Ending),
    Timed(Unit, &'a [u8]),
}

impl<'a> EndOption<'a> {
    /// The option that this word is, with the number behind it.
    fn timed<'b>(word: &[u8], rest: &mut impl Iterator<Item = &'b &'a [u8]>) -> Outcome<Self>
    where
        'a: 'b,
    {
        let unit = Unit::named(word).ok_or_else(syntax)?;
        let number = rest.next().copied().ok_or_else(syntax)?;
        Ok(Self::Timed(unit, number))
    }

    /// What holds when another one follows: the last of a kind, and only one kind.
    fn then(self, next: Self) -> Outcome<Self> {
        match (self, next) {
            (Self::Unsaid, _) | (Self::Set(_), Self::Set(_)) => Ok(next),
            (Self::Timed(before, _), Self::Timed(unit, _)) if before == unit => Ok(next),
            _ => Err(syntax()),
        }
    }

    /// The end, if one was asked for.
    fn ending(self, now: Millis, command: &str) -> Outcome<Option<Ending>> {
        Ok(match self {
            Self::Unsaid => None,
            Self::Set(ending) => Some(ending),
            Self::Timed(unit, word) => Some(Ending::At(moment(word, unit, now, command)?)),
        })
    }
}

/// The end that an option asks for, which must be a time after the epoch's first moment.
fn moment(word: &[u8], unit: Unit, now: Millis, command: &str) -> Outcome<Millis> {
    let amount = integer(word)?;
    if amount <= 0 {
        return Err(invalid_expiry(command));
    }
    deadline(amount, unit, now)
        .and_then(|moment| Millis::try_from(moment).ok())
        .ok_or_else(|| invalid_expiry(command))
}

pub(super) fn setnx(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let is_missing = !database.keyspace.contains(arguments[0]);
    if is_missing {
        database
            .keyspace
            .put_text(arguments[0], arguments[1], Ending::Never);
    }
    Ok(yes_or_no(is_missing))
}

pub(super) fn setex(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    set_for(database, arguments, Unit::SecondsFromNow, "setex")
}

pub(super) fn psetex(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    set_for(database, arguments, Unit::MillisFromNow, "psetex")
}

fn set_for(database: &mut Database, arguments: &[&[u8]], unit: Unit, command: &str) -> Outcome {
    let ends_at = moment(arguments[1], unit, database.keyspace.now(), command)?;
    database
        .keyspace
        .put_text(arguments[0], arguments[2], Ending::At(ends_at));
    Ok(Reply::okay())
}

pub(super) fn getset(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let before = get(database, arguments)?;
    database
        .keyspace
        .put_text(arguments[0], arguments[1], Ending::Never);
    Ok(before)
}

pub(super) fn getdel(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let before = get(database, arguments)?;
    database.keyspace.remove(arguments[0]);
    Ok(before)
}

pub(super) fn getex(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let mut rest = arguments[1..].iter();
    let mut end = EndOption::Unsaid;
    while let Some(word) = rest.next() {
        let next = if is(word, "PERSIST") {
            EndOption::Set(Ending::Never)
        } else {
            EndOption::timed(word, &mut rest)?
        };
        end = end.then(next)?;
    }
    let value = get(database, arguments)?;
    // Where there is no key, nobody reads when it would have to end.
    if value == Reply::Nil {
        return Ok(value);
    }
    match end.ending(database.keyspace.now(), "getex")? {
        None | Some(Ending::Kept) => {}
        Some(Ending::At(moment)) => database.keyspace.set_end(arguments[0], Some(moment)),
        Some(Ending::Never) => {
            if let Some(Ending::At(_)) = database.keyspace.ending(arguments[0]) {
                database.keyspace.set_end(arguments[0], None);
            }
        }
    }
    Ok(value)
}

pub(super) fn mget(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let values = arguments
        .iter()
        // A key of another type is answered as none, as in Redis.
        .map(|key| get(database, &[key]).unwrap_or(Reply::Nil))
        .collect();
    Ok(Reply::Array(values))
}

pub(super) fn mset(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let (pairs, []) = arguments.as_chunks::<2>() else {
        return Err(wrong_arity("mset"));
    };
    for [key, value] in pairs {
        database.keyspace.put_text(key, value, Ending::Never);
    }
    Ok(Reply::okay())
}

pub(super) fn msetnx(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let (pairs, []) = arguments.as_chunks::<2>() else {
        return Err(wrong_arity("msetnx"));
    };
    if pairs.iter().any(|[key, _]| database.keyspace.contains(key)) {
        return Ok(Reply::Int(0));
    }
    mset(database, arguments)?;
    Ok(Reply::Int(1))
}

pub(super) fn incr(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    add(database, arguments[0], 1)
}

pub(super) fn decr(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    add(database, arguments[0], -1)
}

pub(super) fn incrby(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    add(database, arguments[0], integer(arguments[1])?)
}

pub(super) fn decrby(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let by = integer(arguments[1])?
        .checked_neg()
        .ok_or_else(|| ServerError::new("ERR decrement would overflow"))?;
    add(database, arguments[0], by)
}

fn add(database: &mut Database, key: &[u8], by: i64) -> Outcome {
    let current = match database.keyspace.read::<Text>(key)? {
        None => 0,
        Some(text) => integer(&text.0)?,
    };
    let sum = current.checked_add(by).ok_or_else(overflow)?;
    let text = sum.to_string();
    database
        .keyspace
        .put_text(key, text.as_bytes(), Ending::Kept);
    Ok(Reply::Int(sum))
}

pub(super) fn incrbyfloat(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let current = match database.keyspace.read::<Text>(arguments[0])? {
        None => b"0",
        Some(text) => text.0.as_slice(),
    };
    parse_summand(current).ok_or_else(not_a_float)?;
    summand(arguments[1])?;
    let sum = add_decimals(current, arguments[1])
        .ok_or_else(|| ServerError::new("ERR increment would produce NaN or Infinity"))?;
    database
        .keyspace
        .put_text(arguments[0], sum.as_bytes(), Ending::Kept);
    Ok(bulk(sum))
}

pub(super) fn append(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    database.keyspace.upsert::<Text, _>(arguments[0], |text| {
        if text.0.len().saturating_add(arguments[1].len()) > MOST_BYTES {
            return Err(too_long());
        }
        text.0.extend_from_slice(arguments[1]);
        Ok((number(text.0.len()), Effect::Changed))
    })
}

pub(super) fn strlen(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let text = database.keyspace.read::<Text>(arguments[0])?;
    Ok(number(text.map_or(0, |text| text.0.len())))
}

pub(super) fn getrange(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let (first, last) = (integer(arguments[1])?, integer(arguments[2])?);
    let text = database.keyspace.read::<Text>(arguments[0])?;
    let bytes = text.map_or(b"".as_slice(), |text| &text.0);
    // Redis has this one exception: a range that ends before it begins is empty even where clamping
    // would make it one byte.
    if first < 0 && last < 0 && first > last {
        return Ok(bulk(b""));
    }
    let last = if last < 0 {
        last.saturating_add_unsigned(bytes.len() as u64).max(0)
    } else {
        last
    };
    Ok(bulk(&bytes[range(first, last, bytes.len())]))
}

pub(super) fn setrange(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let value = arguments[2];
    let offset = usize::try_from(integer(arguments[1])?)
        .map_err(|_| ServerError::new("ERR offset is out of range"))?;
    if value.is_empty() {
        return strlen(database, arguments);
    }
    database.keyspace.upsert::<Text, _>(arguments[0], |text| {
        let end = offset
            .checked_add(value.len())
            .filter(|end| *end <= MOST_BYTES)
            .ok_or_else(too_long)?;
        if text.0.len() < end {
            text.0.resize(end, 0);
        }
        text.0[offset..end].copy_from_slice(value);
        Ok((number(text.0.len()), Effect::Changed))
    })
}
