//! Errors in Redis' own words.

use crate::backend::ServerError;

/// What a command answers: a reply, or the error that stands in its place.
pub(super) type Outcome<T = crate::backend::Reply> = Result<T, ServerError>;

pub(super) fn wrong_type() -> ServerError {
    ServerError::new("WRONGTYPE Operation against a key holding the wrong kind of value")
}

pub(super) fn syntax() -> ServerError {
    ServerError::new("ERR syntax error")
}

pub(super) fn not_an_integer() -> ServerError {
    ServerError::new("ERR value is not an integer or out of range")
}

pub(super) fn not_a_float() -> ServerError {
    ServerError::new("ERR value is not a valid float")
}

pub(super) fn no_such_key() -> ServerError {
    ServerError::new("ERR no such key")
}

pub(super) fn overflow() -> ServerError {
    ServerError::new("ERR increment or decrement would overflow")
}

pub(super) fn out_of_memory() -> ServerError {
    ServerError::new("OOM command not allowed when used memory > 'maxmemory'.")
}

pub(super) fn too_long() -> ServerError {
    ServerError::new("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
}

pub(super) fn no_such_script() -> ServerError {
    ServerError::new("NOSCRIPT No matching script. Please use EVAL.")
}

/// `name` is the command's, in lower case; a subcommand stands behind a `|`.
pub(super) fn wrong_arity(name: &str) -> ServerError {
    ServerError::new(format!(
        "ERR wrong number of arguments for '{name}' command"
    ))
}

pub(super) fn invalid_expiry(name: &str) -> ServerError {
    ServerError::new(format!("ERR invalid expire time in '{name}' command"))
}

pub(super) fn unknown_subcommand(command: &str, subcommand: &[u8]) -> ServerError {
    let subcommand = readable(subcommand, 128);
    ServerError::new(format!(
        "ERR unknown subcommand '{subcommand}'. Try {command} HELP."
    ))
}

pub(super) fn unknown_command(name: &[u8]) -> ServerError {
    ServerError::new(format!("ERR unknown command '{}'", readable(name, 128)))
}

/// The first bytes as text on one line.
fn readable(bytes: &[u8], length: usize) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(length)]).replace(['\r', '\n'], " ")
}
