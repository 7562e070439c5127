//! Commands with words changed, left out and added by chance: both servers read them alike, or
//! refuse them in the same words.
//!
//! Where a server is not of the version that the embedded one
//! follows, what it reads differs by design, and nothing is compared.

use std::cell::RefCell;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseError;

use super::chance::try_by_chance;
use super::pair::{Difference, Pair, Way};
use super::sequences::{FAMILIES, fill, templates};
use super::servers::Wording;
use super::table::{Expected, Line, Word};

/// What the sequences leave out.
const MORE: &str = "
    SET k v EX 100000 | SET k v PX 100000000 NX | SET k v XX KEEPTTL GET | SET k v EXAT 4102444800
    SET k v PXAT 4102444800000 | SETEX k 100000 v | PSETEX k 100000000 v | GETEX k PX 100000000
    GETEX k EXAT 4102444800 | EXPIREAT k 4102444801 XX GT | PEXPIREAT k 4102444800000 XX LT
    PEXPIREAT k 4102444800000 NX | EXPIREAT k 4102444800 NX GT | EXPIREAT k 4102444800 GT LT
    EXPIRETIME k | PEXPIRETIME k | PTTL k | TOUCH k k | ECHO v | PING | PING v | SRANDMEMBER k 0 | SRANDMEMBER k -9223372036854775808 | SPOP k 0
    ZREVRANGE k n n | ZREVRANGE k n n WITHSCORES | ZRANGE k - + BYLEX LIMIT n n | ZRANGE k [a (c BYLEX REV
    EVAL v 0 | EVALSHA v 0 | ZADD k NX CH s f
";

/// Words that mean something somewhere. Left out is minus zero, which Redis writes in one way or
/// another.
const WORDS: [&str; 62] = [
    "NX",
    "XX",
    "CH",
    "ch",
    "xx",
    "INCR",
    "GET",
    "KEEPTTL",
    "PERSIST",
    "EX",
    "PX",
    "EXAT",
    "PXAT",
    "BYSCORE",
    "BYLEX",
    "REV",
    "LIMIT",
    "WITHSCORES",
    "LEFT",
    "RIGHT",
    "ex",
    "nx",
    "withscores",
    "0",
    "-1",
    "px",
    "+0",
    "00",
    "+5",
    "05",
    " 5",
    "5 ",
    "5.0",
    "5.",
    ".5",
    "5e1",
    "GET ",
    "nan",
    "-nan",
    "inf",
    "-inf",
    "+inf",
    "infinity",
    "INF",
    "(inf",
    "((5",
    "(",
    "[",
    "-",
    "+",
    "[a",
    "(a",
    "",
    "x",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "9223372036854775",
    "9223372036854776",
    "get",
    "+x",
    "NX",
];

/// What takes as many keys as there are words.
const MANY_KEYS: [&str; 10] = [
    "DEL", "EXISTS", "MGET", "MSET", "MSETNX", "SDIFF", "SINTER", "SUNION", "TOUCH", "UNLINK",
];

#[derive(Debug, Clone, Copy)]
enum Change {
    None,
    Replace,
    Remove,
    Insert,
    Append,
}

fn line(templates: Vec<&'static str>) -> impl Strategy<Value = Line> {
    let changes = select(vec![
        Change::None,
        Change::None,
        Change::Replace,
        Change::Remove,
        Change::Insert,
        Change::Append,
    ]);
    let changes = prop::collection::vec((changes, 0_usize..1_000, select(WORDS.to_vec())), 1..3);
    let choices = prop::collection::vec(0_usize..1_000, 8);
    (select(templates), choices, changes).prop_map(|(template, choices, changes)| {
        let mut words = template.split(' ');
        let name = words.next().expect("a template begins with a name");
        let mut arguments: Vec<Word> = words
            .zip(choices)
            .map(|(word, choice)| fill(word, choice))
            .collect();
        for (change, place, word) in changes {
            let word = Word::Bytes(word.as_bytes().to_vec());
            // No key is lost or found, so that every command stays within those of its case.
            let first = arguments
                .iter()
                .rposition(|word| matches!(word, Word::Key(_)))
                .map_or(0, |key| key + 1);
            let count = arguments.len() - first;
            let at = |room: usize| first + place % room.max(1);
            match change {
                // A word more would be one key more, which other cases have too.
                _ if MANY_KEYS.contains(&name) => {}
                // With another count, chance would answer.
                _ if matches!(name, "SRANDMEMBER" | "SPOP") => {}
                Change::Replace if count > 0 => arguments[at(count)] = word,
                Change::Remove if count > 0 => drop(arguments.remove(at(count))),
                Change::Insert => arguments.insert(at(count + 1), word),
                Change::Append => arguments.push(word),
                _ => {}
            }
        }
        keep_ends_away(name, &mut arguments);
        Line {
            name,
            arguments,
            expected: Expected::Any,
        }
    })
}

/// Whatever has come to stand where a command says how long something lives: no life ends while
/// the servers are compared, since one of the two is always asked a little later.
fn keep_ends_away(name: &str, arguments: &mut [Word]) {
    let is_life = |place: usize, before: &Word| match name {
        "SETEX" | "PSETEX" | "EXPIRE" | "PEXPIRE" => place == 1,
        "SET" | "GETEX" => {
            matches!(before, Word::Bytes(word) if word.eq_ignore_ascii_case(b"EX")
                || word.eq_ignore_ascii_case(b"PX"))
        }
        _ => false,
    };
    for place in 1..arguments.len() {
        let (before, from) = arguments.split_at_mut(place);
        let Word::Bytes(word) = &mut from[0] else {
            continue;
        };
        if is_life(place, &before[place - 1]) && is_near(word) {
            *word = b"100000000".to_vec();
        }
    }
}

/// Whether this is a number that servers read, of time that may pass during a test.
fn is_near(word: &[u8]) -> bool {
    let number = std::str::from_utf8(word).unwrap_or_default();
    number
        .parse()
        .is_ok_and(|life: i64| (1..100_000_000).contains(&life) && life.to_string() == number)
}

fn sequence(length: usize) -> impl Strategy<Value = Vec<Line>> {
    let families: Vec<&'static str> = FAMILIES.into_iter().chain([MORE]).collect();
    // What becomes of a fraction beyond 2^63 depends on the floats of the machine.
    let templates = |family| {
        let mut templates = templates(family);
        templates.retain(|template| !template.contains(" d") && !template.contains("INCRBYFLOAT"));
        templates
    };
    let all: Vec<_> = families.iter().copied().flat_map(templates).collect();
    select(families).prop_flat_map(move |family| {
        let line = prop_oneof![3 => line(templates(family)), 1 => line(all.clone())];
        prop::collection::vec(line, 1..length)
    })
}

/// Tries sequences of this way until one shows a difference.
fn try_changes(way: Way, cases: u32) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let pair = RefCell::new(runtime.block_on(Pair::new(way)));
    if pair.borrow().wording() == Wording::Other {
        return;
    }
    try_by_chance(cases, &sequence(60), |lines| {
        let mut pair = pair.borrow_mut();
        pair.afresh();
        runtime
            .block_on(pair.play(&lines))
            .map_err(|Difference(message)| TestCaseError::fail(message))
    });
}

#[test]
fn words_changed_by_chance() {
    try_changes(Way::Commands, 300);
}

#[test]
fn words_changed_by_chance_from_scripts() {
    try_changes(Way::Script, 150);
}
