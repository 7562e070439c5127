//! What belongs to one connection: its name, its tracking, its subscriptions.

use super::super::database::Database;
use super::super::refusal::{Outcome, syntax, unknown_subcommand, wrong_arity};
use super::super::session::{Caching, TrackingMode};
use super::arguments::{bulk, integer, is, number};
use crate::backend::{Reply, ServerError};

pub(super) fn ping(_: &mut Database, arguments: &[&[u8]]) -> Outcome {
    match arguments {
        [] => Ok(Reply::Status("PONG".to_owned())),
        [message] => Ok(bulk(*message)),
        _ => Err(wrong_arity("ping")),
    }
}

pub(super) fn echo(_: &mut Database, arguments: &[&[u8]]) -> Outcome {
    Ok(bulk(arguments[0]))
}

pub(super) fn select(_: &mut Database, arguments: &[&[u8]]) -> Outcome {
    if integer(arguments[0])? == 0 {
        return Ok(Reply::okay());
    }
    Err(ServerError::new("ERR DB index is out of range"))
}

pub(super) fn client(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let (subcommand, rest) = (arguments[0], &arguments[1..]);
    if is(subcommand, "ID") {
        let [] = rest else {
            return Err(wrong_arity("client|id"));
        };
        Ok(Reply::Int(database.step.session))
    } else if is(subcommand, "GETNAME") {
        let [] = rest else {
            return Err(wrong_arity("client|getname"));
        };
        let name = database.session().map(|session| session.name.clone());
        Ok(name
            .filter(|name| !name.is_empty())
            .map_or(Reply::Nil, bulk))
    } else if is(subcommand, "SETNAME") {
        let [name] = rest else {
            return Err(wrong_arity("client|setname"));
        };
        set_name(database, name)
    } else if is(subcommand, "SETINFO") {
        let [what, _] = rest else {
            return Err(wrong_arity("client|setinfo"));
        };
        if is(what, "LIB-NAME") || is(what, "LIB-VER") {
            return Ok(Reply::okay());
        }
        let what = String::from_utf8_lossy(what);
        Err(ServerError::new(format!(
            "ERR Unrecognized option '{what}'"
        )))
    } else if is(subcommand, "TRACKING") {
        let [switch, options @ ..] = rest else {
            return Err(wrong_arity("client|tracking"));
        };
        tracking(database, switch, options)
    } else if is(subcommand, "CACHING") {
        let [answer] = rest else {
            return Err(wrong_arity("client|caching"));
        };
        caching(database, answer)
    } else {
        Err(unknown_subcommand("CLIENT", subcommand))
    }
}

fn set_name(database: &mut Database, name: &[u8]) -> Outcome {
    if !name.iter().all(u8::is_ascii_graphic) {
        return Err(ServerError::new(
            "ERR Client names cannot contain spaces, newlines or special characters.",
        ));
    }
    if let Some(session) = database.session() {
        session.name = name.to_vec();
    }
    Ok(Reply::okay())
}

fn tracking(database: &mut Database, switch: &[u8], options: &[&[u8]]) -> Outcome {
    let mut wanted = TrackingMode::EveryRead;
    for option in options {
        if is(option, "OPTIN") {
            wanted = TrackingMode::OptIn(Caching::NotAsked);
        } else if ["BCAST", "OPTOUT", "NOLOOP", "REDIRECT", "PREFIX"]
            .iter()
            .any(|known| is(option, known))
        {
            let option = String::from_utf8_lossy(option).to_uppercase();
            return Err(ServerError::new(format!(
                "ERR the embedded server tracks what a connection reads, with or without OPTIN; it does not know {option}"
            )));
        } else {
            return Err(syntax());
        }
    }
    let is_switched_on = is(switch, "ON");
    if !is_switched_on && !is(switch, "OFF") {
        return Err(syntax());
    }
    let id = database.step.session;
    let Some(session) = database.session() else {
        return Ok(Reply::okay());
    };
    if !is_switched_on {
        session.tracking = TrackingMode::Off;
        database.keyspace.tracking.forget(id);
        return Ok(Reply::okay());
    }
    let stays_as_it_is = matches!(
        (session.tracking, wanted),
        (TrackingMode::OptIn(_), TrackingMode::OptIn(_))
    );
    if !stays_as_it_is {
        session.tracking = wanted;
    }
    Ok(Reply::okay())
}

fn caching(database: &mut Database, answer: &[u8]) -> Outcome {
    let Some(session) = database.session() else {
        return Ok(Reply::okay());
    };
    if session.tracking == TrackingMode::Off {
        return Err(ServerError::new(
            "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
        ));
    }
    let is_opt_in = matches!(session.tracking, TrackingMode::OptIn(_));
    if is(answer, "YES") {
        if !is_opt_in {
            return Err(ServerError::new(
                "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.",
            ));
        }
        session.tracking = TrackingMode::OptIn(Caching::NextCommand);
        Ok(Reply::okay())
    } else if is(answer, "NO") {
        Err(ServerError::new(
            "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
        ))
    } else {
        Err(syntax())
    }
}

/// Answers as one reply what Redis says in one push for each channel.
pub(super) fn subscribe(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let answers = arguments.iter().map(|channel| {
        let count = database.subscribe(channel);
        confirmation("subscribe", channel, count)
    });
    Ok(one_or_all(answers.collect()))
}

/// See [`subscribe`]; without channels it ends every subscription.
pub(super) fn unsubscribe(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let channels: Vec<Vec<u8>> = if arguments.is_empty() {
        let session = database.session().into_iter();
        session
            .flat_map(|session| session.subscriptions.iter().map(|channel| channel.to_vec()))
            .collect()
    } else {
        arguments.iter().map(|channel| channel.to_vec()).collect()
    };
    let answers = channels.iter().map(|channel| {
        let count = database.unsubscribe(channel);
        confirmation("unsubscribe", channel, count)
    });
    Ok(one_or_all(answers.collect()))
}

fn confirmation(kind: &str, channel: &[u8], count: usize) -> Reply {
    Reply::Array(vec![bulk(kind), bulk(channel), number(count)])
}

/// The only answer as it is, several as an array.
fn one_or_all(mut answers: Vec<Reply>) -> Reply {
    match answers.pop() {
        Some(only) if answers.is_empty() => only,
        Some(last) => {
            answers.push(last);
            Reply::Array(answers)
        }
        None => Reply::Array(vec![bulk("unsubscribe"), Reply::Nil, Reply::Int(0)]),
    }
}

pub(super) fn publish(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    Ok(number(database.publish(arguments[0], arguments[1])))
}
