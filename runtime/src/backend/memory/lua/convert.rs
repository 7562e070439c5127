//! From replies to Lua's values and back, by the rules of Redis for RESP2.

use mlua::{IntoLua, Lua, Table, Value};

use super::super::number::format_float;
use super::super::refusal::Outcome;
use crate::backend::{Reply, ServerError};

/// How deep a script's result may be nested.
const DEEPEST: usize = 100;

/// What a script gets for a reply.
#[allow(
    clippy::cast_precision_loss,
    reason = "Lua 5.1 has no other numbers, in Redis neither"
)]
pub(super) fn to_lua(lua: &Lua, reply: Reply) -> mlua::Result<Value> {
    Ok(match reply {
        Reply::Nil => Value::Boolean(false),
        Reply::Int(number) => Value::Number(number as f64),
        Reply::Boolean(yes) => Value::Number(f64::from(u8::from(yes))),
        Reply::Double(number) => Value::String(lua.create_string(format_float(number))?),
        Reply::Bulk(bytes) => Value::String(lua.create_string(bytes)?),
        Reply::Status(status) => field(lua, "ok", &status)?,
        Reply::Error(error) => field(lua, "err", error.text())?,
        Reply::Array(replies) | Reply::Set(replies) => row(lua, replies)?,
        Reply::Map(pairs) => {
            let flat = pairs.into_iter().flat_map(|(key, value)| [key, value]);
            row(lua, flat.collect())?
        }
    })
}

fn field(lua: &Lua, name: &str, text: &str) -> mlua::Result<Value> {
    let table = lua.create_table_with_capacity(0, 1)?;
    table.raw_set(name, text)?;
    Ok(Value::Table(table))
}

fn row(lua: &Lua, replies: Vec<Reply>) -> mlua::Result<Value> {
    let table = lua.create_table_with_capacity(replies.len(), 0)?;
    for (index, reply) in replies.into_iter().enumerate() {
        table.raw_set(index + 1, to_lua(lua, reply)?)?;
    }
    table.into_lua(lua)
}

/// The reply that a script's result stands for.
pub(super) fn from_lua(value: Value, depth: usize) -> Outcome {
    if depth > DEEPEST {
        return Err(ServerError::new("ERR reached lua stack limit"));
    }
    Ok(match value {
        Value::Boolean(true) => Reply::Int(1),
        Value::Integer(number) => Reply::Int(number),
        // Whatever stands behind the point is dropped.
        Value::Number(number) => Reply::Int(number as i64),
        Value::String(bytes) => Reply::Bulk(bytes.as_bytes().to_vec()),
        Value::Table(table) => from_table(&table, depth)?,
        _ => Reply::Nil,
    })
}

fn from_table(table: &Table, depth: usize) -> Outcome {
    if let Some(Value::String(text)) = raw(table, "err") {
        return Err(ServerError::new(
            text.to_string_lossy().replace(['\r', '\n'], " "),
        ));
    }
    if let Some(Value::String(text)) = raw(table, "ok") {
        return Ok(Reply::Status(
            text.to_string_lossy().replace(['\r', '\n'], " "),
        ));
    }
    match raw(table, "double") {
        Some(Value::Number(number)) => return Ok(Reply::Double(number)),
        #[allow(clippy::cast_precision_loss, reason = "it was a double in Lua, too")]
        Some(Value::Integer(number)) => return Ok(Reply::Double(number as f64)),
        _ => {}
    }
    if let Some(Value::Table(pairs)) = raw(table, "map") {
        let pairs = pairs
            .pairs::<Value, Value>()
            .flatten()
            .map(|(key, value)| Ok((nested(key, depth)?, nested(value, depth)?)));
        return pairs.collect::<Outcome<_>>().map(Reply::Map);
    }
    if let Some(Value::Table(members)) = raw(table, "set") {
        let members = members.pairs::<Value, Value>().flatten();
        let members = members.map(|(member, _)| nested(member, depth));
        return members.collect::<Outcome<_>>().map(Reply::Set);
    }
    let mut replies = Vec::new();
    // Like Redis, ends at the first nil, whatever the table says of its length.
    while let Ok(value) = table.raw_get::<Value>(replies.len() + 1) {
        if value.is_nil() {
            break;
        }
        replies.push(nested(value, depth)?);
    }
    Ok(Reply::Array(replies))
}

/// A reply inside another: an error stands in its place.
fn nested(value: Value, depth: usize) -> Outcome {
    match from_lua(value, depth + 1) {
        Err(error) if error.text() != "ERR reached lua stack limit" => Ok(Reply::Error(error)),
        other => other,
    }
}

fn raw(table: &Table, field: &str) -> Option<Value> {
    table.raw_get(field).ok()
}
