//! Keys of whatever type: there or not, their ends, their names.

use super::super::database::Database;
use super::super::expiry::Millis;
use super::super::keyspace::{Effect, Ending};
use super::super::refusal::{Outcome, invalid_expiry, no_such_key};
use super::arguments::{integer, is, number, yes_or_no};
use crate::backend::{Reply, ServerError};

/// In what a moment is given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    SecondsFromNow,
    MillisFromNow,
    SecondsSinceEpoch,
    MillisSinceEpoch,
}

impl Unit {
    /// The unit that this option of `SET` and `GETEX` stands for.
    pub(super) fn named(word: &[u8]) -> Option<Self> {
        [
            ("EX", Self::SecondsFromNow),
            ("PX", Self::MillisFromNow),
            ("EXAT", Self::SecondsSinceEpoch),
            ("PXAT", Self::MillisSinceEpoch),
        ]
        .into_iter()
        .find_map(|(option, unit)| is(word, option).then_some(unit))
    }
}

/// The moment, in milliseconds since the epoch, unless it is out of range.
pub(super) fn deadline(amount: i64, unit: Unit, now: Millis) -> Option<i64> {
    let now = i64::try_from(now).ok()?;
    match unit {
        Unit::SecondsFromNow => amount.checked_mul(1000)?.checked_add(now),
        Unit::MillisFromNow => amount.checked_add(now),
        Unit::SecondsSinceEpoch => amount.checked_mul(1000),
        Unit::MillisSinceEpoch => Some(amount),
    }
}

pub(super) fn del(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let removed = arguments
        .iter()
        .filter(|key| database.keyspace.remove(key))
        .count();
    Ok(number(removed))
}

pub(super) fn exists(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let found = arguments
        .iter()
        .filter(|key| database.keyspace.contains(key))
        .count();
    Ok(number(found))
}

pub(super) fn touch(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let found = arguments
        .iter()
        .filter(|key| database.keyspace.value(key).is_some())
        .count();
    Ok(number(found))
}

pub(super) fn type_of(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let value = database.keyspace.value(arguments[0]);
    let name = value.map_or("none", |value| value.type_name());
    Ok(Reply::Status(name.to_owned()))
}

pub(super) fn rename(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let (from, to) = (arguments[0], arguments[1]);
    if from == to && database.keyspace.contains(from) {
        return Ok(Reply::okay());
    }
    let (value, ending) = database.keyspace.take(from).ok_or_else(no_such_key)?;
    database.keyspace.put(to, value, ending);
    Ok(Reply::okay())
}

pub(super) fn expire(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    set_end(database, arguments, Unit::SecondsFromNow, "expire")
}

pub(super) fn pexpire(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    set_end(database, arguments, Unit::MillisFromNow, "pexpire")
}

pub(super) fn expireat(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    set_end(database, arguments, Unit::SecondsSinceEpoch, "expireat")
}

pub(super) fn pexpireat(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    set_end(database, arguments, Unit::MillisSinceEpoch, "pexpireat")
}

fn set_end(database: &mut Database, arguments: &[&[u8]], unit: Unit, command: &str) -> Outcome {
    let conditions = Conditions::parse(&arguments[2..])?;
    let amount = integer(arguments[1])?;
    let moment =
        deadline(amount, unit, database.keyspace.now()).ok_or_else(|| invalid_expiry(command))?;
    // A moment before the epoch is long past.
    let moment = Millis::try_from(moment).unwrap_or(0);
    let is_due = database
        .keyspace
        .ending(arguments[0])
        .is_some_and(|current| conditions.allow(current, moment));
    if is_due {
        database.keyspace.set_end(arguments[0], Some(moment));
    }
    Ok(yes_or_no(is_due))
}

/// When a key's end may be replaced.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    HasNone,
    HasOne,
    ComesLater,
    ComesSooner,
}

struct Conditions(Vec<Condition>);

impl Conditions {
    fn parse(words: &[&[u8]]) -> Outcome<Self> {
        let condition = |word: &&[u8]| {
            [
                ("NX", Condition::HasNone),
                ("XX", Condition::HasOne),
                ("GT", Condition::ComesLater),
                ("LT", Condition::ComesSooner),
            ]
            .into_iter()
            .find_map(|(option, condition)| is(word, option).then_some(condition))
            .ok_or_else(|| {
                let word = String::from_utf8_lossy(word);
                ServerError::new(format!("ERR Unsupported option {word}"))
            })
        };
        let conditions = Self(words.iter().map(condition).collect::<Outcome<_>>()?);
        let has = |condition| conditions.0.contains(&condition);
        let excluded = [
            Condition::HasOne,
            Condition::ComesLater,
            Condition::ComesSooner,
        ];
        if has(Condition::HasNone) && excluded.into_iter().any(has) {
            return Err(ServerError::new(
                "ERR NX and XX, GT or LT options at the same time are not compatible",
            ));
        }
        if has(Condition::ComesLater) && has(Condition::ComesSooner) {
            return Err(ServerError::new(
                "ERR GT and LT options at the same time are not compatible",
            ));
        }
        Ok(conditions)
    }

    fn allow(&self, current: Ending, moment: Millis) -> bool {
        // No end counts as one that never comes.
        let current = match current {
            Ending::At(current) => Some(current),
            Ending::Never | Ending::Kept => None,
        };
        self.0.iter().all(|condition| match condition {
            Condition::HasNone => current.is_none(),
            Condition::HasOne => current.is_some(),
            Condition::ComesLater => current.is_some_and(|current| moment > current),
            Condition::ComesSooner => current.is_none_or(|current| moment < current),
        })
    }
}

pub(super) fn persist(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let had_end = matches!(database.keyspace.ending(arguments[0]), Some(Ending::At(_)));
    if had_end {
        database.keyspace.set_end(arguments[0], None);
    }
    Ok(yes_or_no(had_end))
}

pub(super) fn ttl(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let now = database.keyspace.now();
    Ok(end(database, arguments[0], |moment| {
        (moment.saturating_sub(now) + 500) / 1000
    }))
}

pub(super) fn pttl(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let now = database.keyspace.now();
    Ok(end(database, arguments[0], |moment| {
        moment.saturating_sub(now)
    }))
}

pub(super) fn expiretime(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    Ok(end(database, arguments[0], |moment| (moment + 500) / 1000))
}

pub(super) fn pexpiretime(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    Ok(end(database, arguments[0], |moment| moment))
}

/// The key's end in some unit, -1 without an end, -2 without a key.
fn end(database: &mut Database, key: &[u8], convert: impl FnOnce(Millis) -> Millis) -> Reply {
    Reply::Int(match database.keyspace.ending(key) {
        None => -2,
        Some(Ending::Never | Ending::Kept) => -1,
        Some(Ending::At(moment)) => i64::try_from(convert(moment)).unwrap_or(i64::MAX),
    })
}

/// What a change that counts answers to [`super::super::keyspace::Keyspace::update`].
pub(super) fn counted(count: usize) -> (usize, Effect) {
    (count, Effect::of_count(count))
}
