//! Walking through a collection while it changes. Options are read where there is one, as in Redis.

use super::super::database::Database;
use super::super::glob;
use super::super::number::format_float;
use super::super::refusal::{Outcome, syntax};
use super::super::value::{Hash, Set, SortedSet};
use super::arguments::{bulk, integer, is, next};
use crate::backend::{Reply, ServerError};

/// How many elements a call visits unless it is told.
const COUNT: usize = 10;

pub(super) fn scan(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let cursor = cursor(arguments[0])?;
    let options = Options::parse(&arguments[1..], Types::Allowed)?;
    let mut found = Vec::new();
    let next = database.keyspace.scan(cursor, options.count, |key, value| {
        let is_of_type = options
            .of_type
            .is_none_or(|wanted| is(wanted, value.type_name()));
        if is_of_type && options.fit(key) {
            found.push(bulk(&**key));
        }
    });
    Ok(page(next, found))
}

pub(super) fn hscan(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let cursor = cursor(arguments[1])?;
    let Some(hash) = database.keyspace.read::<Hash>(arguments[0])? else {
        return Ok(page(0, Vec::new()));
    };
    let options = Options::parse(&arguments[2..], Types::Refused)?;
    let mut found = Vec::new();
    let next = hash.scan(cursor, options.count, |field, value| {
        if options.fit(field) {
            found.extend([bulk(&**field), bulk(value.clone())]);
        }
    });
    Ok(page(next, found))
}

pub(super) fn sscan(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let cursor = cursor(arguments[1])?;
    let Some(set) = database.keyspace.read::<Set>(arguments[0])? else {
        return Ok(page(0, Vec::new()));
    };
    let options = Options::parse(&arguments[2..], Types::Refused)?;
    let mut found = Vec::new();
    let next = set.scan(cursor, options.count, |member| {
        if options.fit(member) {
            found.push(bulk(&**member));
        }
    });
    Ok(page(next, found))
}

pub(super) fn zscan(database: &mut Database, arguments: &[&[u8]]) -> Outcome {
    let cursor = cursor(arguments[1])?;
    let Some(set) = database.keyspace.read::<SortedSet>(arguments[0])? else {
        return Ok(page(0, Vec::new()));
    };
    let options = Options::parse(&arguments[2..], Types::Refused)?;
    let mut found = Vec::new();
    let next = set.scan(cursor, options.count, |member, score| {
        if options.fit(member) {
            // Scores are bytes here in both protocols, as in Redis.
            found.extend([bulk(&**member), bulk(format_float(score.get()))]);
        }
    });
    Ok(page(next, found))
}

/// Whether the option `TYPE` is known: only to the scan of keys.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Types {
    Allowed,
    Refused,
}

struct Options<'a> {
    count: usize,
    pattern: Option<&'a [u8]>,
    of_type: Option<&'a [u8]>,
}

impl<'a> Options<'a> {
    fn parse(words: &'a [&'a [u8]], types: Types) -> Outcome<Self> {
        let mut options = Self {
            count: COUNT,
            pattern: None,
            of_type: None,
        };
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            if is(word, "COUNT") {
                let count = integer(next(&mut rest)?)?;
                options.count = usize::try_from(count)
                    .ok()
                    .filter(|count| *count > 0)
                    .ok_or_else(syntax)?;
            } else if is(word, "MATCH") {
                options.pattern = Some(next(&mut rest)?);
            } else if is(word, "TYPE") && types == Types::Allowed {
                options.of_type = Some(next(&mut rest)?);
            } else {
                return Err(syntax());
            }
        }
        Ok(options)
    }

    fn fit(&self, name: &[u8]) -> bool {
        self.pattern
            .is_none_or(|pattern| glob::matches(pattern, name))
    }
}

fn cursor(word: &[u8]) -> Outcome<usize> {
    std::str::from_utf8(word)
        .ok()
        .and_then(|word| word.parse().ok())
        .ok_or_else(|| ServerError::new("ERR invalid cursor"))
}

fn page(next: usize, found: Vec<Reply>) -> Reply {
    Reply::Array(vec![bulk(next.to_string()), Reply::Array(found)])
}
