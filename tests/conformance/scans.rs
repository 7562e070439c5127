//! Iteration: everything that was there from the first step to the last is seen, whatever happens
//! meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use larder_runtime::backend::{Backend, Command, Reply, SharedBackend};

use super::pair::{Pair, Way, agree};
use super::servers::call;

type Element = Vec<u8>;

async fn run(server: &SharedBackend, command: Command) -> Reply {
    server.run(&command, &call()).await.unwrap()
}

/// One step of an iteration: the next cursor and the elements, as they are.
async fn step(server: &SharedBackend, scan: &Command, cursor: &[u8]) -> (Element, Vec<Element>) {
    // `SCAN` takes the cursor first, its sisters behind the key.
    let mut words = scan.words();
    let mut command = Command::new(match words.next().unwrap() {
        b"SCAN" => "SCAN",
        b"HSCAN" => "HSCAN",
        b"SSCAN" => "SSCAN",
        b"ZSCAN" => "ZSCAN",
        other => panic!("{other:?}"),
    });
    for word in words {
        command = command.arg(if word == b"$" { cursor } else { word });
    }
    let [next, elements] = run(server, command)
        .await
        .into_array("SCAN")
        .unwrap()
        .try_into()
        .unwrap();
    let bytes = |reply: Reply| reply.into_bytes("SCAN").unwrap().unwrap();
    let elements = elements.into_array("SCAN").unwrap();
    (bytes(next), elements.into_iter().map(bytes).collect())
}

/// Everything that a whole iteration shows.
async fn all(server: &SharedBackend, scan: &Command) -> Vec<Element> {
    let mut seen = Vec::new();
    let mut cursor = b"0".to_vec();
    loop {
        let (next, elements) = step(server, scan, &cursor).await;
        seen.extend(elements);
        if next == b"0" {
            return seen;
        }
        cursor = next;
    }
}

async fn fill(pair: &Pair, command: &'static str, name: &str, elements: &[Vec<&str>]) {
    for server in [&pair.redis, &pair.memory] {
        for words in elements {
            run(
                server,
                Command::new(command).arg(pair.key(name)).args(words),
            )
            .await;
        }
    }
}

#[tokio::test]
async fn keys_are_found_by_pattern_and_type() {
    let pair = Pair::new(Way::Commands).await;
    for number in 0..200 {
        for server in [&pair.redis, &pair.memory] {
            run(
                server,
                Command::new("SET")
                    .arg(pair.key(&format!("string{number}")))
                    .arg("v"),
            )
            .await;
            run(
                server,
                Command::new("SADD")
                    .arg(pair.key(&format!("set{number}")))
                    .arg("v"),
            )
            .await;
        }
    }
    let scans = [
        (pair.key("*"), None, 400),
        (pair.key("string1?"), None, 10),
        (pair.key("s[et]*[0-4]"), None, 200),
        (pair.key("*"), Some("set"), 200),
        (pair.key("*"), Some("hash"), 0),
        (pair.key("missing*"), None, 0),
    ];
    for (pattern, kind, count) in scans {
        for page in ["1", "7", "10000"] {
            let mut scan = Command::new("SCAN")
                .arg("$")
                .arg("MATCH")
                .arg(&pattern)
                .arg("COUNT")
                .arg(page);
            if let Some(kind) = kind {
                scan = scan.arg("TYPE").arg(kind);
            }
            let redis: BTreeSet<_> = all(&pair.redis, &scan).await.into_iter().collect();
            let memory: BTreeSet<_> = all(&pair.memory, &scan).await.into_iter().collect();
            assert_eq!(redis, memory, "{} {kind:?}", pattern.escape_ascii());
            assert_eq!(redis.len(), count, "{} {kind:?}", pattern.escape_ascii());
        }
    }
}

#[tokio::test]
async fn what_stays_is_seen_whatever_comes_and_goes() {
    let pair = Pair::new(Way::Commands).await;
    for server in [&pair.redis, &pair.memory] {
        let staying: BTreeSet<_> = (0..300)
            .map(|number| pair.key(&format!("stays{number}")))
            .collect();
        for key in &staying {
            run(server, Command::new("SET").arg(key).arg("v")).await;
        }
        let scan = Command::new("SCAN")
            .arg("$")
            .arg("MATCH")
            .arg(pair.key("*"))
            .arg("COUNT")
            .arg("10");
        let mut seen = BTreeSet::new();
        let mut cursor = b"0".to_vec();
        let mut round = 0;
        loop {
            let (next, keys) = step(server, &scan, &cursor).await;
            seen.extend(keys);
            if next == b"0" {
                break;
            }
            cursor = next;
            round += 1;
            // The table grows to many times its size and shrinks again, over and over.
            let passing = (0..2_000).map(|number| pair.key(&format!("passes{number}")));
            if round % 2 == 1 {
                let words = passing.flat_map(|key| [key, b"v".to_vec()]);
                run(server, Command::new("MSET").args(words)).await;
            } else {
                run(server, Command::new("DEL").args(passing)).await;
            }
            assert!(round < 10_000, "the iteration does not end");
        }
        assert_eq!(
            staying.difference(&seen).count(),
            0,
            "{server:?} left keys out"
        );
    }
}

#[tokio::test]
async fn elements_are_found_in_every_size() {
    for size in [1, 3, 1_000] {
        let pair = Pair::new(Way::Commands).await;
        let names: Vec<String> = (0..size).map(|number| format!("element{number}")).collect();
        let fields: Vec<_> = names.iter().map(|name| vec![name.as_str(), "v"]).collect();
        let members: Vec<_> = names.iter().map(|name| vec![name.as_str()]).collect();
        let scores: Vec<_> = names
            .iter()
            .map(|name| vec!["2.5", name.as_str()])
            .collect();
        fill(&pair, "HSET", "hash", &fields).await;
        fill(&pair, "SADD", "set", &members).await;
        fill(&pair, "ZADD", "zset", &scores).await;
        for (scan, name) in [("HSCAN", "hash"), ("SSCAN", "set"), ("ZSCAN", "zset")] {
            for pattern in ["*", "element1*", "missing"] {
                let scan = Command::new(scan)
                    .arg(pair.key(name))
                    .arg("$")
                    .arg("MATCH")
                    .arg(pattern);
                let redis = all(&pair.redis, &scan).await;
                let memory = all(&pair.memory, &scan).await;
                if name == "set" {
                    let (redis, memory): (BTreeSet<_>, BTreeSet<_>) =
                        (redis.into_iter().collect(), memory.into_iter().collect());
                    assert_eq!(redis, memory, "{name} of {size}, {pattern}");
                } else {
                    assert_eq!(pairs(&redis), pairs(&memory), "{name} of {size}, {pattern}");
                }
            }
        }
    }
}

/// Names and values in turn, as pairs; what is shown twice counts once.
fn pairs(elements: &[Element]) -> BTreeMap<Element, Element> {
    elements
        .chunks(2)
        .map(|pair| (pair[0].clone(), pair[1].clone()))
        .collect()
}

#[tokio::test]
async fn a_scan_of_nothing_and_a_wrong_scan() {
    agree(
        r#"
        HSCAN @missing 0
        SSCAN @missing 0
        ZSCAN @missing 0
        SSCAN @missing 0 MATCH * COUNT 5
        SADD @one a
        SSCAN @one 0
        HSET @h f v
        HSCAN @h 0
        ZADD @z 2.5 m
        ZSCAN @z 0
        ! SCAN x
        ! SCAN 0 COUNT 0
        ! SCAN 0 COUNT x
        ! SCAN 0 MATCH
        ! SCAN 0 BOGUS x
        ! SCAN
        ! SSCAN @one x
        ! SSCAN @one 0 COUNT -1
        ! SSCAN @one
        "#,
    )
    .await;
}

#[tokio::test]
async fn options_are_read_where_there_is_something() {
    agree(
        r#"
        SET @text v
        HSET @hash f v
        ! HSCAN @missing x
        HSCAN @missing 0 COUNT 0
        SSCAN @missing 0 MATCH
        ZSCAN @missing 0 NOSUCH
        ! HSCAN @text 0 COUNT 0
        ! SSCAN @hash 0 TYPE set
        ! ZSCAN @hash 0 COUNT x
        ! HSCAN @hash 0 COUNT 0
        ! HSCAN @hash 0 MATCH
        "#,
    )
    .await;
}
