//! What must hold whatever comes in.

use std::collections::BTreeMap;

use futures_util::FutureExt;
use proptest::prelude::*;

use super::super::command::table::COMMANDS;
use super::*;
use crate::backend::{Atomicity, Pipeline};

/// Changes of one key of each collection type.
const CHANGES: &[&[&str]] = &[
    &["RPUSH", "l", "a", "bb", "a"],
    &["LPUSH", "l", "ccc"],
    &["LPOP", "l", "2"],
    &["RPOP", "l"],
    &["LSET", "l", "0", "longer than before"],
    &["LREM", "l", "0", "a"],
    &["LREM", "l", "-1", "bb"],
    &["LTRIM", "l", "1", "-1"],
    &["LMOVE", "l", "l", "LEFT", "RIGHT"],
    &["HSET", "h", "f", "1", "g", "22"],
    &["HSET", "h", "f", "longer than before"],
    &["HDEL", "h", "f", "none"],
    &["HINCRBY", "h", "g", "1000"],
    &["SADD", "s", "a", "bb", "ccc"],
    &["SREM", "s", "bb", "none"],
    &["SPOP", "s"],
    &["ZADD", "z", "1", "a", "2", "bb"],
    &["ZADD", "z", "3", "a"],
    &["ZREM", "z", "bb", "none"],
    &["ZPOPMAX", "z"],
];

fn used_memory(link: &MemoryBackend) -> String {
    let Ok(Reply::Bulk(info)) = run_now(link, "INFO", &["memory"]) else {
        panic!("INFO is text");
    };
    String::from_utf8(info).unwrap()
}

/// The replies' bytes, flat and in order.
fn flat(reply: Reply) -> Vec<String> {
    match reply {
        Reply::Bulk(bytes) => vec![String::from_utf8(bytes).unwrap()],
        Reply::Double(number) => vec![number.to_string()],
        Reply::Array(replies) | Reply::Set(replies) => replies.into_iter().flat_map(flat).collect(),
        Reply::Map(pairs) => {
            let replies = pairs.into_iter().flat_map(|(key, value)| [key, value]);
            replies.flat_map(flat).collect()
        }
        other => panic!("{other:?} holds no bytes"),
    }
}

/// Words that mean something somewhere, so that random commands get past the first check.
const WORDS: &[&str] = &[
    "",
    "a",
    "b",
    "h",
    "k",
    "l",
    "z",
    "0",
    "1",
    "-1",
    "2",
    "3.5",
    "-inf",
    "+inf",
    "nan",
    "(1",
    "[a",
    "-",
    "+",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "1e308",
    "EX",
    "PX",
    "EXAT",
    "PXAT",
    "NX",
    "XX",
    "GT",
    "LT",
    "CH",
    "INCR",
    "GET",
    "KEEPTTL",
    "PERSIST",
    "LIMIT",
    "WITHSCORES",
    "BYSCORE",
    "BYLEX",
    "REV",
    "MATCH",
    "COUNT",
    "TYPE",
    "*",
    "[a-",
    "\\",
    "LEFT",
    "RIGHT",
    "ON",
    "OFF",
    "OPTIN",
    "YES",
    "NO",
    "TRACKING",
    "CACHING",
    "ID",
    "LOAD",
    "EXISTS",
    "FLUSH",
    "return 1",
    "return redis.call(ARGV[1])",
    "error(",
    "\0",
    "\u{fffd}",
];

fn any_command() -> impl Strategy<Value = (&'static str, Vec<&'static str>)> {
    let names = (0..COMMANDS.len()).prop_map(|number| COMMANDS[number].name);
    let words = prop::collection::vec(prop::sample::select(WORDS), 0..7);
    (names, words)
}

fn run_now(link: &MemoryBackend, name: &'static str, words: &[&str]) -> Result<Reply> {
    link.run(&command(name, words), &call())
        .now_or_never()
        .expect("nothing waits")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn hostile_commands_never_panic(commands in prop::collection::vec(any_command(), 1..40)) {
        let link = MemoryServer::builder().clock(clock()).max_memory(4_000_000).build().connect();
        let mut pipeline = Pipeline::new(Atomicity::Atomic);
        for (name, words) in &commands {
            let _ = run_now(&link, name, words);
            pipeline = pipeline.then(command(name, words));
        }
        let _ = link.pipeline(&pipeline, &call()).now_or_never();
        // The account of memory is exact: nothing left, nothing counted.
        run_now(&link, "FLUSHALL", &[]).unwrap();
        prop_assert!(used_memory(&link).contains("used_memory:0\r"));
    }

    #[test]
    fn a_deleted_keyspace_weighs_nothing(commands in prop::collection::vec(any_command(), 1..60)) {
        let link = server().connect();
        for (name, words) in &commands {
            if !name.starts_with("FLUSH") {
                let _ = run_now(&link, name, words);
            }
        }
        for word in WORDS {
            run_now(&link, "DEL", &[word]).unwrap();
        }
        let Ok(Reply::Bulk(info)) = run_now(&link, "INFO", &["memory", "keyspace"]) else {
            panic!("INFO is text");
        };
        let info = String::from_utf8(info).unwrap();
        prop_assert!(info.contains("used_memory:0\r") && !info.contains("db0"), "{info}");
    }

    #[test]
    fn a_key_weighs_what_it_holds(changes in prop::collection::vec(prop::sample::select(CHANGES), 1..60)) {
        let link = server().connect();
        for change in changes {
            let _ = run_now(&link, change[0], &change[1..]);
        }
        let copy = server().connect();
        for (read, arguments, write) in [
            ("LRANGE", &["l", "0", "-1"][..], "RPUSH"),
            ("HGETALL", &["h"], "HSET"),
            ("SMEMBERS", &["s"], "SADD"),
            ("ZRANGE", &["z", "0", "-1", "WITHSCORES"], "ZADD"),
        ] {
            let mut content = flat(run_now(&link, read, arguments).unwrap());
            if write == "ZADD" {
                content.reverse();
            }
            let words: Vec<&str> = [arguments[0]].into_iter().chain(content.iter().map(String::as_str)).collect();
            if !content.is_empty() {
                run_now(&copy, write, &words).unwrap();
            }
        }
        prop_assert_eq!(used_memory(&link), used_memory(&copy));
    }

    #[test]
    fn a_sorted_set_is_in_order(changes in prop::collection::vec((0_u8..20, -5_i32..5, prop::bool::ANY), 1..100)) {
        let link = server().connect();
        let mut model = BTreeMap::new();
        for (member, score, stays) in changes {
            let member = format!("m{member:02}");
            if stays {
                run_now(&link, "ZADD", &["z", &score.to_string(), &member]).unwrap();
                model.insert(member, score);
            } else {
                run_now(&link, "ZREM", &["z", &member]).unwrap();
                model.remove(&member);
            }
        }
        let mut expected: Vec<_> = model.iter().map(|(member, score)| (*score, member.clone())).collect();
        expected.sort();
        let members: Vec<&str> = expected.iter().map(|(_, member)| member.as_str()).collect();
        prop_assert_eq!(run_now(&link, "ZRANGE", &["z", "0", "-1"]).unwrap(), bulks(&members));
        for (rank, member) in members.iter().enumerate() {
            let found = run_now(&link, "ZRANK", &["z", member]).unwrap();
            prop_assert_eq!(found, Reply::Int(i64::try_from(rank).unwrap()));
        }
        let positive = expected.iter().filter(|(score, _)| *score > 0).count();
        let found = run_now(&link, "ZCOUNT", &["z", "(0", "+inf"]).unwrap();
        prop_assert_eq!(found, Reply::Int(i64::try_from(positive).unwrap()));
    }
}
