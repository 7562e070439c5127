//! Commands made up by chance: whatever is sent, in whatever order, both servers answer and store
//! the same.

use std::cell::RefCell;

use larder_runtime::backend::Atomicity;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseError;

use super::chance::try_by_chance;
use super::pair::{Difference, Pair, Way};
use super::servers::Wording;
use super::table::{Expected, Line, Word};

/// What is made of chance: `k` is a key, `f` a field or member, `v` a value, `i` an increment, `n`
/// a position or a count, `s` a score, `r` the end of a range of scores, `d` the key of a number
/// that nobody changes but as a number: what becomes of the twentieth digit depends on the floats
/// of the machine. Nothing here depends on the server's own chance, nor on how much time passes:
/// ends are compared only with ends that are far away or the very same moment.
pub(crate) const FAMILIES: [&str; 6] = [
    "
        GET k | SET k v | SET k v NX | SET k v XX | SET k v GET | SET k v XX GET | SET k v KEEPTTL | SET k v EX 1000
        SETNX k v | GETSET k v | GETDEL k | GETEX k PERSIST | GETEX k EX 1000 | MGET k k k | MSET k v k i
        MSETNX k v k v | APPEND k v | STRLEN k | GETRANGE k n n | SETRANGE k n v | INCR k | DECR k | INCRBY k i
        DECRBY k i | INCRBYFLOAT k x | INCRBYFLOAT k inf | INCRBYFLOAT d s | SET d s | GET d | STRLEN d
    ",
    "
        DEL k | DEL k k | UNLINK k k | EXISTS k k | TYPE k | PERSIST k | EXPIRE k 1000 | EXPIRE k 0 | EXPIRE k x
        EXPIREAT k 4102444800 GT | EXPIRE k 1000 NX | EXPIREAT k 4102444800 LT | TTL k | RENAME k k
    ",
    "
        HSET k f v | HSET k f i f s | HSETNX k f v | HGET k f | HMGET k f f f | HGETALL k | HKEYS k | HVALS k
        HLEN k | HEXISTS k f | HSTRLEN k f | HDEL k f f | HINCRBY k f i | HINCRBYFLOAT k f s
    ",
    "
        LPUSH k v | RPUSH k f v f | LPUSHX k v | RPUSHX k v | LPOP k | RPOP k | LPOP k n | RPOP k n | LLEN k
        LRANGE k n n | LINDEX k n | LSET k n v | LREM k n f | LTRIM k n n | LMOVE k k LEFT RIGHT
        LMOVE k k RIGHT LEFT
    ",
    "
        SADD k f f | SADD k v | SREM k f f | SCARD k | SMEMBERS k | SISMEMBER k f | SMISMEMBER k f f | SINTER k k
        SUNION k k | SDIFF k k
    ",
    "
        ZADD k s f | ZADD k s f s f | ZADD k NX s f | ZADD k XX CH s f | ZADD k GT CH s f | ZADD k LT s f s f
        ZADD k INCR s f | ZADD k XX GT INCR s f | ZINCRBY k s f | ZREM k f f | ZSCORE k f | ZMSCORE k f f | ZCARD k
        ZRANK k f | ZREVRANK k f | ZCOUNT k r r | ZRANGE k n n | ZRANGE k n n WITHSCORES | ZRANGE k n n REV
        ZRANGE k r r BYSCORE WITHSCORES | ZRANGE k r r BYSCORE REV LIMIT n n | ZRANGEBYSCORE k r r
        ZRANGEBYSCORE k r r WITHSCORES LIMIT n n | ZREVRANGEBYSCORE k r r | ZREMRANGEBYSCORE k r r
        ZREMRANGEBYRANK k n n | ZPOPMIN k | ZPOPMAX k n
    ",
];

const KEYS: [&str; 4] = ["a", "b", "c", "d"];
const FIELDS: [&[u8]; 6] = [b"a", b"b", b"c", b"", b"1", b"\x00\xff"];
const VALUES: [&[u8]; 8] = [
    b"a",
    b"b",
    b"1",
    b"-7",
    b"1.5",
    b"",
    b"\x00\xff\r\n",
    b"some longer text, longer than a short one",
];
const NUMBERS: [&str; 12] = [
    "0",
    "1",
    "2",
    "-1",
    "-2",
    "3",
    "10",
    "-10",
    "100",
    "9223372036854775807",
    "-9223372036854775808",
    "x",
];
/// Their sums with fractions stay exact in the floating point of every processor.
const INCREMENTS: [&str; 6] = ["1", "0", "-7", "10", "4503599627370496", "x"];
/// Sums of powers of two, so that every server writes them with the same digits.
const SCORES: [&str; 9] = [
    "0", "1", "-1", "2.5", "-0.25", "1000000", "inf", "-inf", "x",
];
const RANGE_ENDS: [&str; 8] = ["-inf", "+inf", "0", "(1", "1", "2.5", "(-0.25", "x"];

pub(crate) fn templates(family: &'static str) -> Vec<&'static str> {
    family
        .lines()
        .flat_map(|line| line.split(" | "))
        .map(str::trim)
        .filter(|template| !template.is_empty())
        .collect()
}

/// Mostly commands of one family, so that its values grow, and now and then one of any other.
fn sequence(length: usize) -> impl Strategy<Value = Vec<Line>> {
    let all: Vec<_> = FAMILIES.into_iter().flat_map(templates).collect();
    select(FAMILIES.to_vec()).prop_flat_map(move |family| {
        let line = prop_oneof![3 => line(templates(family)), 1 => line(all.clone())];
        prop::collection::vec(line, 1..length)
    })
}

/// One command; a smaller choice is a simpler word.
pub(crate) fn line(templates: Vec<&'static str>) -> impl Strategy<Value = Line> {
    (select(templates), prop::collection::vec(0_usize..1_000, 8)).prop_map(|(template, choices)| {
        let mut words = template.split(' ');
        let name = words.next().expect("a template begins with a name");
        let arguments = words
            .zip(choices)
            .map(|(word, choice)| fill(word, choice))
            .collect();
        Line {
            name,
            arguments,
            expected: Expected::Any,
        }
    })
}

pub(crate) fn fill(word: &str, choice: usize) -> Word {
    let bytes = |text: &str| Word::Bytes(text.as_bytes().to_vec());
    match word {
        "k" => Word::Key(KEYS[choice % KEYS.len()].to_owned()),
        "d" => Word::Key("number".to_owned()),
        "f" => Word::Bytes(FIELDS[choice % FIELDS.len()].to_vec()),
        "v" => Word::Bytes(VALUES[choice % VALUES.len()].to_vec()),
        "i" => bytes(INCREMENTS[choice % INCREMENTS.len()]),
        "n" => bytes(NUMBERS[choice % NUMBERS.len()]),
        "s" => bytes(SCORES[choice % SCORES.len()]),
        "r" => bytes(RANGE_ENDS[choice % RANGE_ENDS.len()]),
        other => bytes(other),
    }
}

/// Whether servers from 7.2 on do something else: of the position that `LSET` is given they take 32
/// bits, and set another element than they were asked to, and the smallest count of all, whose
/// opposite is no number, they refuse to `LREM`.
pub(crate) fn is_another_elsewhere(line: &Line) -> bool {
    let number = |word: &Word| match word {
        Word::Bytes(bytes) => std::str::from_utf8(bytes).ok()?.parse::<i64>().ok(),
        Word::Key(_) => None,
    };
    let number = line.arguments.get(1).and_then(number);
    match (line.name, number) {
        ("LSET", Some(position)) => i32::try_from(position).is_err(),
        ("LREM", Some(count)) => count == i64::MIN,
        _ => false,
    }
}

/// Tries sequences of this way until one shows a difference, which is then made as short as
/// possible.
fn try_sequences(way: Way, cases: u32, length: usize) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let pair = RefCell::new(runtime.block_on(Pair::new(way)));

    try_by_chance(cases, &sequence(length), |mut lines| {
        let mut pair = pair.borrow_mut();
        if pair.wording() == Wording::Other {
            lines.retain(|line| !is_another_elsewhere(line));
        }
        pair.afresh();
        runtime
            .block_on(pair.play(&lines))
            .map_err(|Difference(message)| TestCaseError::fail(message))
    });
}

#[test]
fn commands_by_chance() {
    try_sequences(Way::Commands, 300, 60);
}

#[test]
fn commands_by_chance_from_scripts() {
    try_sequences(Way::Script, 150, 60);
}

#[test]
fn transactions_by_chance() {
    try_sequences(Way::Pipeline(Atomicity::Atomic), 300, 60);
}
