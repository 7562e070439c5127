//! The server as a whole.

use std::fmt::Write;

use super::super::database::Database;
use super::super::glob;
use super::super::notification;
use super::super::refusal::{Outcome, syntax, unknown_subcommand, wrong_arity};
use super::arguments::{bulk, is, number};
use crate::backend::{Reply, ServerError};

pub(super) fn time(database: &mut Database, _: &[&[u8]]) -> Outcome {
    let now = database.step.now;
    Ok(Reply::Array(vec![
        bulk(now.as_secs().to_string()),
        bulk(now.subsec_micros().to_string()),
    ]))
}

pub(super) fn dbsize(database: &mut Database, _: &[&[u8]]) -> Outcome {
    Ok(number(database.keyspace.len()))
}

pub(super) fn flush(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    match arguments {
        [] => {}
        [word] if is(word, "SYNC") || is(word, "ASYNC") => {}
        _ => return Err(syntax()),
    }
    database.flush();
    Ok(Reply::okay())
}

/// Knows the one setting that a client has reason to look at.
pub(super) fn config(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let (subcommand, rest) = (arguments[0], &arguments[1..]);
    if is(subcommand, "GET") {
        if rest.is_empty() {
            return Err(wrong_arity("config|get"));
        }
        let setting = notification::SETTING;
        let mut pairs = Vec::new();
        if rest
            .iter()
            .any(|pattern| glob::matches(&pattern.to_ascii_lowercase(), setting.as_bytes()))
        {
            let value = database.keyspace.notifications.setting();
            pairs.push((bulk(setting), bulk(value)));
        }
        Ok(Reply::Map(pairs))
    } else if is(subcommand, "SET") {
        let [name, value] = rest else {
            return Err(wrong_arity("config|set"));
        };
        if !is(name, notification::SETTING) {
            let name = String::from_utf8_lossy(name);
            return Err(ServerError::new(format!(
                "ERR Unknown option or number of arguments for CONFIG SET - '{name}'"
            )));
        }
        database.keyspace.notifications.set(value)?;
        Ok(Reply::okay())
    } else {
        Err(unknown_subcommand("CONFIG", subcommand))
    }
}

/// What writes a section of `INFO`.
type Section = fn(&Database) -> String;

/// The few sections of `INFO` that mean something here.
pub(super) fn info(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let sections: [(&str, Section); 5] = [
        ("Server", about_server),
        ("Clients", about_clients),
        ("Memory", about_memory),
        ("Commandstats", about_commands),
        ("Keyspace", about_keyspace),
    ];
    let wants = |section: &str| {
        arguments.iter().any(|word| {
            is(word, section) || is(word, "all") || is(word, "everything") || is(word, "default")
        })
    };
    let mut text = String::new();
    for (section, about) in sections {
        // Like Redis, does not count commands unless asked to.
        let is_default = arguments.is_empty() && section != "Commandstats";
        if is_default || wants(section) {
            let gap = if text.is_empty() { "" } else { "\r\n" };
            let about = about(database);
            text.extend([gap, "# ", section, "\r\n", &about]);
        }
    }
    Ok(bulk(text))
}

fn about_server(_: &Database) -> String {
    // The version whose behavior is followed.
    "redis_version:7.0.0\r\nredis_mode:standalone\r\nlarder_embedded:1\r\n".to_owned()
}

fn about_clients(database: &Database) -> String {
    format!("connected_clients:{}\r\n", database.session_count())
}

fn about_memory(database: &Database) -> String {
    format!("used_memory:{}\r\n", database.keyspace.size())
}

fn about_commands(database: &Database) -> String {
    database
        .calls()
        .fold(String::new(), |mut text, (name, calls)| {
            let name = name.to_ascii_lowercase();
            // Writing to a string cannot fail.
            let _ = write!(text, "cmdstat_{name}:calls={calls}\r\n");
            text
        })
}

fn about_keyspace(database: &Database) -> String {
    let keys = database.keyspace.len();
    if keys == 0 {
        return String::new();
    }
    let ending = database.keyspace.ending_len();
    format!("db0:keys={keys},expires={ending},avg_ttl=0\r\n")
}
