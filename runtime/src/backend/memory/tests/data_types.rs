//! Replies of each data type, as Redis 7.0 types and words them.

use super::*;

const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";

#[tokio::test]
async fn strings() {
    let link = server().connect();
    assert_eq!(run(&link, "SET k v").await, Reply::okay());
    assert_eq!(run(&link, "GET k").await, bulk("v"));
    assert_eq!(run(&link, "GET nothing").await, Reply::Nil);
    assert_eq!(run(&link, "SET k w NX").await, Reply::Nil);
    assert_eq!(run(&link, "SET k w XX GET").await, bulk("v"));
    assert_eq!(run(&link, "SET n w NX GET").await, Reply::Nil);
    assert_eq!(run(&link, "GET n").await, bulk("w"));
    assert_eq!(run(&link, "GETDEL n").await, bulk("w"));
    assert_eq!(run(&link, "GETDEL n").await, Reply::Nil);
    assert_eq!(run(&link, "APPEND k more").await, Reply::Int(5));
    assert_eq!(run(&link, "GETRANGE k -4 -1").await, bulk("more"));
    assert_eq!(run(&link, "SETRANGE k 6 x").await, Reply::Int(7));
    assert_eq!(run(&link, "GET k").await, bulk("wmore\0x"));
    assert_eq!(run(&link, "MSET a 1 b 2").await, Reply::okay());
    let found = Reply::Array(vec![bulk("1"), Reply::Nil, bulk("2")]);
    assert_eq!(run(&link, "MGET a nothing b").await, found);
    assert_eq!(run(&link, "MSETNX b 3 c 3").await, Reply::Int(0));
    assert_eq!(run(&link, "EXISTS a b c").await, Reply::Int(2));
}

#[tokio::test]
async fn counters() {
    let link = server().connect();
    assert_eq!(run(&link, "INCR n").await, Reply::Int(1));
    assert_eq!(run(&link, "INCRBY n 41").await, Reply::Int(42));
    assert_eq!(run(&link, "DECRBY n 2").await, Reply::Int(40));
    assert_eq!(run(&link, "INCRBYFLOAT n 0.1").await, bulk("40.1"));
    assert_eq!(
        refused(&link, "INCR n").await,
        "ERR value is not an integer or out of range"
    );
    run(&link, "SET n 9223372036854775807").await;
    assert_eq!(
        refused(&link, "INCR n").await,
        "ERR increment or decrement would overflow"
    );
}

#[tokio::test]
async fn lists() {
    let link = server().connect();
    assert_eq!(run(&link, "RPUSH l b c").await, Reply::Int(2));
    assert_eq!(run(&link, "LPUSH l a").await, Reply::Int(3));
    assert_eq!(run(&link, "LRANGE l 0 -1").await, bulks(&["a", "b", "c"]));
    assert_eq!(run(&link, "LMOVE l m LEFT RIGHT").await, bulk("a"));
    assert_eq!(run(&link, "RPOP l 5").await, bulks(&["c", "b"]));
    assert_eq!(run(&link, "EXISTS l").await, Reply::Int(0));
    assert_eq!(run(&link, "LPUSHX l a").await, Reply::Int(0));
    run(&link, "RPUSH l x y x z x").await;
    assert_eq!(run(&link, "LREM l -2 x").await, Reply::Int(2));
    assert_eq!(run(&link, "LRANGE l 0 -1").await, bulks(&["x", "y", "z"]));
    assert_eq!(run(&link, "LTRIM l 1 1").await, Reply::okay());
    assert_eq!(run(&link, "LINDEX l -1").await, bulk("y"));
    assert_eq!(refused(&link, "LSET l 5 y").await, "ERR index out of range");
    assert_eq!(refused(&link, "LSET none 0 y").await, "ERR no such key");
    assert_eq!(refused(&link, "GET l").await, WRONG_TYPE);
}

#[tokio::test]
async fn hashes() {
    let link = server().connect();
    assert_eq!(run(&link, "HSET h f 1 g 2").await, Reply::Int(2));
    assert_eq!(run(&link, "HSET h f 3").await, Reply::Int(0));
    let all = Reply::Map(vec![(bulk("f"), bulk("3")), (bulk("g"), bulk("2"))]);
    assert_eq!(run(&link, "HGETALL h").await, all);
    let some = Reply::Array(vec![bulk("2"), Reply::Nil]);
    assert_eq!(run(&link, "HMGET h g nothing").await, some);
    assert_eq!(run(&link, "HINCRBY h f 4").await, Reply::Int(7));
    assert_eq!(run(&link, "HINCRBYFLOAT h f 0.5").await, bulk("7.5"));
    assert_eq!(run(&link, "HDEL h f g").await, Reply::Int(2));
    assert_eq!(run(&link, "TYPE h").await, Reply::Status("none".into()));
    assert_eq!(
        refused(&link, "HSET h f").await,
        "ERR wrong number of arguments for 'hset' command"
    );
}

#[tokio::test]
async fn sets() {
    let link = server().connect();
    assert_eq!(run(&link, "SADD s a b a").await, Reply::Int(2));
    let members = Reply::Set(vec![bulk("a"), bulk("b")]);
    assert_eq!(run(&link, "SMEMBERS s").await, members);
    assert_eq!(run(&link, "SADD t b c").await, Reply::Int(2));
    assert_eq!(run(&link, "SINTER s t").await, Reply::Set(vec![bulk("b")]));
    assert_eq!(run(&link, "SDIFF s t").await, Reply::Set(vec![bulk("a")]));
    let answers = Reply::Array(vec![Reply::Int(1), Reply::Int(0)]);
    assert_eq!(run(&link, "SMISMEMBER s a z").await, answers);
    let Reply::Set(popped) = run(&link, "SPOP s 5").await else {
        panic!("a count is answered with a set");
    };
    assert_eq!(popped.len(), 2);
    assert_eq!(run(&link, "EXISTS s").await, Reply::Int(0));
}

#[tokio::test]
async fn sorted_sets() {
    let link = server().connect();
    assert_eq!(run(&link, "ZADD z 2 b 1 a 3 c").await, Reply::Int(3));
    assert_eq!(run(&link, "ZSCORE z b").await, Reply::Double(2.0));
    assert_eq!(run(&link, "ZRANGE z 0 -1").await, bulks(&["a", "b", "c"]));
    let pair = Reply::Array(vec![bulk("c"), Reply::Double(3.0)]);
    assert_eq!(
        run(&link, "ZRANGE z (2 +inf BYSCORE WITHSCORES").await,
        Reply::Array(vec![pair])
    );
    assert_eq!(
        run(&link, "ZREVRANGEBYSCORE z +inf -inf LIMIT 1 1").await,
        bulks(&["b"])
    );
    assert_eq!(run(&link, "ZADD z GT CH 1 b 9 c").await, Reply::Int(1));
    assert_eq!(run(&link, "ZADD z NX INCR 1 b").await, Reply::Nil);
    assert_eq!(run(&link, "ZRANK z c").await, Reply::Int(2));
    assert_eq!(run(&link, "ZREVRANK z c").await, Reply::Int(0));
    let lowest = Reply::Array(vec![bulk("a"), Reply::Double(1.0)]);
    assert_eq!(run(&link, "ZPOPMIN z").await, lowest);
    assert_eq!(run(&link, "ZREMRANGEBYSCORE z -inf 5").await, Reply::Int(1));
    assert_eq!(run(&link, "ZREMRANGEBYRANK z 0 -1").await, Reply::Int(1));
    assert_eq!(run(&link, "EXISTS z").await, Reply::Int(0));
    run(&link, "ZADD words 0 a 0 b 0 c").await;
    assert_eq!(
        run(&link, "ZRANGE words (a + BYLEX").await,
        bulks(&["b", "c"])
    );
    assert_eq!(
        refused(&link, "ZADD z x a").await,
        "ERR value is not a valid float"
    );
}

#[tokio::test]
async fn a_scan_finds_what_stays_while_others_come_and_go() {
    let link = server().connect();
    for number in 0..50 {
        let key = format!("stays:{number}");
        link.run(&command("SET", &[&key, "v"]), &call())
            .await
            .unwrap();
        let key = format!("goes:{number}");
        link.run(&command("SET", &[&key, "v"]), &call())
            .await
            .unwrap();
    }
    let mut cursor = "0".to_owned();
    let mut found = std::collections::BTreeSet::new();
    for round in 0.. {
        let scan = command("SCAN", &[&cursor, "MATCH", "stays:*", "COUNT", "7"]);
        let page = link.run(&scan, &call()).await.unwrap();
        let mut page = page.into_array("SCAN").unwrap().into_iter();
        let next = page.next().unwrap().into_bytes("SCAN").unwrap().unwrap();
        cursor = String::from_utf8(next).unwrap();
        for key in page.next().unwrap().into_array("SCAN").unwrap() {
            assert!(
                found.insert(key.into_bytes("SCAN").unwrap()),
                "a key came twice"
            );
        }
        if cursor == "0" {
            break;
        }
        let going = [format!("goes:{round}"), format!("goes:{}", 49 - round)];
        link.run(&command("DEL", &[&going[0], &going[1]]), &call())
            .await
            .unwrap();
        let coming = format!("comes:{round}");
        link.run(&command("SET", &[&coming, "v"]), &call())
            .await
            .unwrap();
    }
    assert_eq!(found.len(), 50);
}

#[tokio::test]
async fn errors_have_redis_words() {
    let link = server().connect();
    assert_eq!(
        refused(&link, "FOO bar baz").await,
        "ERR unknown command 'FOO'"
    );
    assert_eq!(
        refused(&link, "GET").await,
        "ERR wrong number of arguments for 'get' command"
    );
    assert_eq!(refused(&link, "SET k v FOO").await, "ERR syntax error");
    assert_eq!(
        refused(&link, "SET k v EX 0").await,
        "ERR invalid expire time in 'set' command"
    );
    assert_eq!(refused(&link, "RENAME none k").await, "ERR no such key");
}
