//! Hashes.

use super::super::database::Database;
use super::super::keyspace::Effect;
use super::super::number::{add_decimals, parse_integer, parse_summand};
use super::super::refusal::{Outcome, overflow, wrong_arity};
use super::super::value::Hash;
use super::arguments::{bulk, bulk_or_nil, integer, number, summand, yes_or_no};
use super::key::counted;
use crate::backend::{Reply, ServerError};

pub(super) fn hset(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let (pairs, []) = arguments[1..].as_chunks::<2>() else {
        return Err(wrong_arity("hset"));
    };
    database.keyspace.upsert::<Hash, _>(arguments[0], |hash| {
        let mut new = 0;
        for [field, value] in pairs {
            new += usize::from(hash.set(field, value.to_vec()));
        }
        Ok((number(new), Effect::Changed))
    })
}

pub(super) fn hsetnx(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    database.keyspace.upsert::<Hash, _>(arguments[0], |hash| {
        if hash.get(arguments[1]).is_some() {
            return Ok((Reply::Int(0), Effect::Unchanged));
        }
        hash.set(arguments[1], arguments[2].to_vec());
        Ok((Reply::Int(1), Effect::Changed))
    })
}

pub(super) fn hget(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let hash = database.keyspace.read::<Hash>(arguments[0])?;
    Ok(bulk_or_nil(hash.and_then(|hash| hash.get(arguments[1]))))
}

pub(super) fn hmget(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let hash = database.keyspace.read::<Hash>(arguments[0])?;
    let values = arguments[1..]
        .iter()
        .map(|field| bulk_or_nil(hash.and_then(|hash| hash.get(field))))
        .collect();
    Ok(Reply::Array(values))
}

pub(super) fn hgetall(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let hash = database.keyspace.read::<Hash>(arguments[0])?;
    let pairs = hash.into_iter().flat_map(Hash::iter);
    Ok(Reply::Map(
        pairs
            .map(|(field, value)| (bulk(&**field), bulk(value.clone())))
            .collect(),
    ))
}

pub(super) fn hdel(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let removed = database.keyspace.update::<Hash, _>(arguments[0], |hash| {
        let fields = &arguments[1..];
        Ok(counted(
            fields.iter().filter(|field| hash.remove(field)).count(),
        ))
    })?;
    Ok(number(removed.unwrap_or(0)))
}

pub(super) fn hexists(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let hash = database.keyspace.read::<Hash>(arguments[0])?;
    Ok(yes_or_no(
        hash.is_some_and(|hash| hash.get(arguments[1]).is_some()),
    ))
}

pub(super) fn hlen(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let hash = database.keyspace.read::<Hash>(arguments[0])?;
    Ok(number(hash.map_or(0, Hash::len)))
}

pub(super) fn hkeys(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let hash = database.keyspace.read::<Hash>(arguments[0])?;
    let pairs = hash.into_iter().flat_map(Hash::iter);
    Ok(Reply::Array(
        pairs.map(|(field, _)| bulk(&**field)).collect(),
    ))
}

pub(super) fn hvals(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let hash = database.keyspace.read::<Hash>(arguments[0])?;
    let pairs = hash.into_iter().flat_map(Hash::iter);
    Ok(Reply::Array(
        pairs.map(|(_, value)| bulk(value.clone())).collect(),
    ))
}

pub(super) fn hstrlen(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let hash = database.keyspace.read::<Hash>(arguments[0])?;
    let value = hash.and_then(|hash| hash.get(arguments[1]));
    Ok(number(value.map_or(0, <[u8]>::len)))
}

pub(super) fn hincrby(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let by = integer(arguments[2])?;
    database.keyspace.upsert::<Hash, _>(arguments[0], |hash| {
        let current = match hash.get(arguments[1]) {
            None => 0,
            Some(value) => parse_integer(value)
                .ok_or_else(|| ServerError::new("ERR hash value is not an integer"))?,
        };
        let sum = current.checked_add(by).ok_or_else(overflow)?;
        hash.set(arguments[1], sum.to_string().into_bytes());
        Ok((Reply::Int(sum), Effect::Changed))
    })
}

pub(super) fn hincrbyfloat(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let by = summand(arguments[2])?;
    if by.is_infinite() {
        return Err(ServerError::new("ERR value is NaN or Infinity"));
    }
    database.keyspace.upsert::<Hash, _>(arguments[0], |hash| {
        let current = hash.get(arguments[1]).unwrap_or(b"0");
        parse_summand(current).ok_or_else(|| ServerError::new("ERR hash value is not a float"))?;
        let sum = add_decimals(current, arguments[2])
            .ok_or_else(|| ServerError::new("ERR increment would produce NaN or Infinity"))?;
        hash.set(arguments[1], sum.clone().into_bytes());
        Ok((bulk(sum), Effect::Changed))
    })
}
