//! Every operation on a key that holds something else is the same typed error, and the key stays as
//! it was.

use larder::{Error, ErrorKind, Operation, Store, Ttl};

use crate::fleet::Fleet;
use crate::{word, words};

on_each_backend! {
    every_operation_on_every_other_kind,
    what_asks_for_no_kind_takes_every_kind,
}

const KINDS: [&str; 5] = ["value", "list", "hash", "set", "sorted"];

async fn one_of_each(words: &Store<String>) {
    let a = word("a");
    words.set("value", &a).await.unwrap();
    words.rpush("list", [&a]).await.unwrap();
    words.hset("hash", "f", &a).await.unwrap();
    words.sadd("set", [&a]).await.unwrap();
    words.zadd("sorted", [(&a, 1.0)]).await.unwrap();
}

async fn error_of<R: 'static>(operation: Operation<R>) -> Error {
    match operation.await {
        Ok(_) => panic!("it should not have worked"),
        Err(error) => error,
    }
}

/// The errors of every operation on this key, save those that are right for its kind.
async fn errors(words: &Store<String>, key: &str) -> Vec<Error> {
    let a = word("a");
    let mut errors = Vec::new();
    if key != "value" {
        errors.push(error_of(words.get(key)).await);
        errors.push(words.get_many(["value", key]).await.unwrap_err());
        errors.push(error_of(words.get_and_set(key, &a)).await);
        errors.push(words.compare_and_set(key, None, &a).await.unwrap_err());
        errors.push(words.compare_and_set(key, Some(&a), &a).await.unwrap_err());
        errors.push(words.update(key, |_| ()).await.unwrap_err());
        errors.push(error_of(words.incr(key, 1)).await);
        errors.push(error_of(words.decr(key, 1)).await);
    }
    if key != "list" {
        errors.push(error_of(words.lpush(key, [&a])).await);
        errors.push(error_of(words.rpush(key, [&a])).await);
        errors.push(error_of(words.lpop(key)).await);
        errors.push(error_of(words.rpop(key)).await);
        errors.push(error_of(words.lrange(key, 0, -1)).await);
        errors.push(error_of(words.llen(key)).await);
        errors.push(error_of(words.ltrim(key, 0, 0)).await);
    }
    if key != "hash" {
        errors.push(error_of(words.hset(key, "f", &a)).await);
        errors.push(error_of(words.hget(key, "f")).await);
        errors.push(error_of(words.hset_many(key, [("f", &a)])).await);
        errors.push(error_of(words.hget_many(key, ["f"])).await);
        errors.push(error_of(words.hgetall(key)).await);
        errors.push(error_of(words.hdel(key, ["f"])).await);
        errors.push(error_of(words.hincr(key, "f", 1)).await);
    }
    if key != "set" {
        errors.push(error_of(words.sadd(key, [&a])).await);
        errors.push(error_of(words.srem(key, [&a])).await);
        errors.push(error_of(words.smembers(key)).await);
        errors.push(error_of(words.sismember(key, &a)).await);
        errors.push(error_of(words.scard(key)).await);
    }
    if key != "sorted" {
        errors.push(error_of(words.zadd(key, [(&a, 1.0)])).await);
        errors.push(error_of(words.zrange(key, 0, -1)).await);
        errors.push(error_of(words.zrem(key, [&a])).await);
        errors.push(error_of(words.zscore(key, &a)).await);
    }
    errors
}

async fn every_operation_on_every_other_kind(fleet: Fleet) {
    let words = words(&fleet.node().await);
    one_of_each(&words).await;
    // With an end the writes are scripts, without one they are commands.
    for store in [words.clone(), words.with_ttl(Ttl::NEVER)] {
        for kind in KINDS {
            for error in errors(&store, kind).await {
                assert_eq!(error.kind(), ErrorKind::WrongType, "{kind}: {error}");
                assert_eq!(error.code(), Some("WRONGTYPE"));
                assert_ne!(error.operation(), "EVALSHA", "{error}");
                assert!(error.to_string().contains("namespace: words"), "{error}");
            }
        }
    }
    let a = word("a");
    assert_eq!(words.get("value").await.unwrap(), Some(a.clone()));
    assert_eq!(
        words.lrange("list", 0, -1).await.unwrap(),
        std::slice::from_ref(&a)
    );
    assert_eq!(words.hgetall("hash").await.unwrap()["f"], a);
    assert_eq!(
        words.smembers("set").await.unwrap(),
        std::slice::from_ref(&a)
    );
    assert_eq!(words.zrange("sorted", 0, -1).await.unwrap(), [(a, 1.0)]);
}

async fn what_asks_for_no_kind_takes_every_kind(fleet: Fleet) {
    let words = words(&fleet.node().await);
    one_of_each(&words).await;
    for kind in KINDS {
        assert!(words.exists(kind).await.unwrap());
        assert!(words.ttl(kind).await.unwrap().is_some());
        assert!(words.persist(kind).await.unwrap());
        assert!(words.expire(kind, crate::MINUTE).await.unwrap());
    }
    for kind in ["value", "list"] {
        assert!(words.delete(kind).await.unwrap());
    }
    words.set("hash", &word("x")).await.unwrap();
    words
        .set_many([("set", word("x")), ("sorted", word("x"))])
        .await
        .unwrap();
    let found = words.get_many(["hash", "set", "sorted"]).await.unwrap();
    assert!(found.iter().all(Option::is_some));
}
