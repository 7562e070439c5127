//! Sets.

use std::collections::HashSet;

use super::super::database::Database;
use super::super::dictionary::Bytes;
use super::super::keyspace::Effect;
use super::super::refusal::{Outcome, not_an_integer, syntax};
use super::super::value::Set;
use super::arguments::{bulk, count, integer, number, yes_or_no};
use super::key::counted;
use crate::backend::{Reply, ServerError};

pub(super) fn sadd(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let added = database.keyspace.upsert::<Set, _>(arguments[0], |set| {
        let members = &arguments[1..];
        Ok(counted(
            members.iter().filter(|member| set.add(member)).count(),
        ))
    })?;
    Ok(number(added))
}

pub(super) fn srem(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let removed = database.keyspace.update::<Set, _>(arguments[0], |set| {
        let members = &arguments[1..];
        Ok(counted(
            members.iter().filter(|member| set.remove(member)).count(),
        ))
    })?;
    Ok(number(removed.unwrap_or(0)))
}

pub(super) fn smembers(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let set = database.keyspace.read::<Set>(arguments[0])?;
    Ok(members(set.into_iter().flat_map(Set::iter)))
}

fn members<'a>(members: impl Iterator<Item = &'a Bytes>) -> Reply {
    Reply::Set(members.map(|member| bulk(&**member)).collect())
}

pub(super) fn sismember(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let set = database.keyspace.read::<Set>(arguments[0])?;
    Ok(yes_or_no(set.is_some_and(|set| set.contains(arguments[1]))))
}

pub(super) fn smismember(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let set = database.keyspace.read::<Set>(arguments[0])?;
    let answers = arguments[1..]
        .iter()
        .map(|member| yes_or_no(set.is_some_and(|set| set.contains(member))))
        .collect();
    Ok(Reply::Array(answers))
}

pub(super) fn scard(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let set = database.keyspace.read::<Set>(arguments[0])?;
    Ok(number(set.map_or(0, Set::len)))
}

pub(super) fn spop(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let wanted = match arguments[1..] {
        [] => None,
        [word] => Some(count(word)?),
        _ => return Err(syntax()),
    };
    let random = &mut database.random;
    let popped = database.keyspace.update::<Set, _>(arguments[0], |set| {
        let amount = wanted.unwrap_or(1).min(set.len());
        let mut popped = Vec::with_capacity(amount);
        while popped.len() < amount {
            let Some(member) = set.draw(random).map(Bytes::clone) else {
                break;
            };
            set.remove(&member);
            popped.push(bulk(&*member));
        }
        let effect = Effect::of_count(popped.len());
        Ok((popped, effect))
    })?;
    Ok(match wanted {
        Some(_) => Reply::Set(popped.unwrap_or_default()),
        None => popped.into_iter().flatten().next().unwrap_or(Reply::Nil),
    })
}

pub(super) fn srandmember(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let wanted = match arguments[1..] {
        [] => None,
        [word] => Some(draws(word)?),
        _ => return Err(syntax()),
    };
    let random = &mut database.random;
    let set = database.keyspace.read::<Set>(arguments[0])?;
    let Some(wanted) = wanted else {
        let member = set.and_then(|set| set.draw(random));
        return Ok(member.map_or(Reply::Nil, |member| bulk(&**member)));
    };
    let Some(set) = set else {
        return Ok(Reply::Array(Vec::new()));
    };
    let amount = usize::try_from(wanted.unsigned_abs()).map_err(|_| not_an_integer())?;
    if wanted < 0 {
        // With a negative count the same member may come more than once, and as often as asked for.
        if amount > MOST_DRAWS {
            return Err(ServerError::new("ERR value is out of range"));
        }
        let drawn = (0..amount).filter_map(|_| set.draw(random));
        return Ok(Reply::Array(drawn.map(|member| bulk(&**member)).collect()));
    }
    let mut members: Vec<&Bytes> = set.iter().collect();
    random.shuffle(&mut members);
    members.truncate(amount);
    Ok(Reply::Array(
        members.into_iter().map(|member| bulk(&**member)).collect(),
    ))
}

/// How many members are asked for: any number that has an opposite.
fn draws(word: &[u8]) -> Outcome<i64> {
    let number = integer(word)?;
    if number == i64::MIN {
        return Err(ServerError::new(format!(
            "ERR value is out of range, value must between -{most} and {most}",
            most = i64::MAX
        )));
    }
    Ok(number)
}

/// How many members may be drawn with repetition: a bound on what one hostile number can cost.
const MOST_DRAWS: usize = 1 << 24;

pub(super) fn sinter(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let mut common = members_of(database, arguments[0])?;
    for key in &arguments[1..] {
        let set = database.keyspace.read::<Set>(key)?;
        common.retain(|member| set.is_some_and(|set| set.contains(member)));
    }
    Ok(members(common.iter()))
}

pub(super) fn sunion(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for key in arguments {
        for member in members_of(database, key)? {
            if seen.insert(Bytes::clone(&member)) {
                all.push(member);
            }
        }
    }
    Ok(members(all.iter()))
}

pub(super) fn sdiff(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let mut left = members_of(database, arguments[0])?;
    for key in &arguments[1..] {
        let set = database.keyspace.read::<Set>(key)?;
        left.retain(|member| !set.is_some_and(|set| set.contains(member)));
    }
    Ok(members(left.iter()))
}

fn members_of(database: &mut Database, key: &[u8]) -> Outcome<Vec<Bytes>> {
    let set = database.keyspace.read::<Set>(key)?;
    Ok(set
        .into_iter()
        .flat_map(Set::iter)
        .map(Bytes::clone)
        .collect())
}
