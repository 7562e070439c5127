//! Lists.

use super::super::database::Database;
use super::super::keyspace::Effect;
use super::super::refusal::{Outcome, no_such_key, syntax, wrong_arity};
use super::super::value::{End, List, place, range};
use super::arguments::{bulk, bulk_or_nil, count, integer, is, number};
use super::key::counted;
use crate::backend::{Reply, ServerError};

pub(super) fn lpush(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    push(database, arguments, End::Left)
}

pub(super) fn rpush(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    push(database, arguments, End::Right)
}

pub(super) fn lpushx(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    push_if_there(database, arguments, End::Left)
}

pub(super) fn rpushx(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    push_if_there(database, arguments, End::Right)
}

fn push(database: &mut Database, arguments: &[&[u8]], end: End) -> Outcome {
    database.keyspace.upsert::<List, _>(arguments[0], |list| {
        for element in &arguments[1..] {
            list.push(end, element.to_vec());
        }
        Ok((number(list.len()), Effect::Changed))
    })
}

fn push_if_there(database: &mut Database, arguments: &[&[u8]], end: End) -> Outcome {
    if !database.keyspace.contains(arguments[0]) {
        return Ok(Reply::Int(0));
    }
    push(database, arguments, end)
}

pub(super) fn lpop(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    pop(database, arguments, End::Left)
}

pub(super) fn rpop(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    pop(database, arguments, End::Right)
}

fn pop(database: &mut Database, arguments: &[&[u8]], end: End) -> Outcome {
    let wanted = match arguments[1..] {
        [] => None,
        [word] => Some(count(word)?),
        _ => {
            return Err(wrong_arity(match end {
                End::Left => "lpop",
                End::Right => "rpop",
            }));
        }
    };
    let popped = database.keyspace.update::<List, _>(arguments[0], |list| {
        let amount = wanted.unwrap_or(1).min(list.len());
        let elements: Vec<_> = (0..amount).filter_map(|_| list.pop(end)).collect();
        let effect = Effect::of_count(elements.len());
        Ok((elements, effect))
    })?;
    Ok(match (popped, wanted) {
        (None, _) => Reply::Nil,
        (Some(elements), Some(_)) => Reply::Array(elements.into_iter().map(bulk).collect()),
        (Some(elements), None) => elements.into_iter().next().map_or(Reply::Nil, bulk),
    })
}

pub(super) fn lrange(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let (start, end) = (integer(arguments[1])?, integer(arguments[2])?);
    let list = database.keyspace.read::<List>(arguments[0])?;
    Ok(Reply::Array(list.map_or_else(Vec::new, |list| {
        list.range(range(start, end, list.len()))
            .map(bulk)
            .collect()
    })))
}

pub(super) fn llen(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let list = database.keyspace.read::<List>(arguments[0])?;
    Ok(number(list.map_or(0, List::len)))
}

pub(super) fn ltrim(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let (first, last) = (integer(arguments[1])?, integer(arguments[2])?);
    database.keyspace.update::<List, _>(arguments[0], |list| {
        list.keep(range(first, last, list.len()));
        Ok(((), Effect::Changed))
    })?;
    Ok(Reply::okay())
}

pub(super) fn lindex(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let list = database.keyspace.read::<List>(arguments[0])?;
    let Some(list) = list else {
        return Ok(Reply::Nil);
    };
    let place = place(integer(arguments[1])?, list.len());
    Ok(bulk_or_nil(place.and_then(|place| list.get(place))))
}

pub(super) fn lset(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    database
        .keyspace
        .update::<List, _>(arguments[0], |list| {
            let place = place(integer(arguments[1])?, list.len())
                .ok_or_else(|| ServerError::new("ERR index out of range"))?;
            list.set(place, arguments[2].to_vec());
            Ok(((), Effect::Changed))
        })?
        .ok_or_else(no_such_key)?;
    Ok(Reply::okay())
}

pub(super) fn lrem(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let amount = integer(arguments[1])?;
    let end = if amount < 0 { End::Right } else { End::Left };
    let limit = match amount.unsigned_abs() {
        0 => usize::MAX,
        limit => usize::try_from(limit).unwrap_or(usize::MAX),
    };
    let removed = database.keyspace.update::<List, _>(arguments[0], |list| {
        Ok(counted(list.remove(arguments[2], end, limit)))
    })?;
    Ok(number(removed.unwrap_or(0)))
}

pub(super) fn lmove(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let (source, destination) = (arguments[0], arguments[1]);
    let (from, to) = (end_named(arguments[2])?, end_named(arguments[3])?);
    // Both are looked at before either is changed.
    if database.keyspace.read::<List>(source)?.is_none() {
        return Ok(Reply::Nil);
    }
    database.keyspace.read::<List>(destination)?;
    if source == destination {
        let moved = database.keyspace.update::<List, _>(source, |list| {
            let element = list.pop(from).unwrap_or_default();
            list.push(to, element.clone());
            Ok((element, Effect::Changed))
        })?;
        return Ok(moved.map_or(Reply::Nil, bulk));
    }
    let element = database
        .keyspace
        .update::<List, _>(source, |list| Ok((list.pop(from), Effect::Changed)))?
        .flatten();
    let Some(element) = element else {
        return Ok(Reply::Nil);
    };
    database.keyspace.upsert::<List, _>(destination, |list| {
        list.push(to, element.clone());
        Ok(((), Effect::Changed))
    })?;
    Ok(bulk(element))
}

fn end_named(word: &[u8]) -> Outcome<End> {
    if is(word, "LEFT") {
        Ok(End::Left)
    } else if is(word, "RIGHT") {
        Ok(End::Right)
    } else {
        Err(syntax())
    }
}
