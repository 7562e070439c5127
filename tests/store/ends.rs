//! Which writes give a key its end anew, which leave it, and that none is without one unless
//! somebody said so.

use std::time::Duration;

use larder::{ErrorKind, Larder, Result, Store, Ttl};

use crate::fleet::Fleet;
use crate::{HOUR, MINUTE, is_about, numbers, word, words};

on_each_backend! {
    what_replaces_a_value_renews_its_end,
    what_changes_a_part_leaves_the_end,
    every_key_has_an_end_unless_it_is_durable,
    ends_are_set_and_taken_away_by_hand,
    ends_are_counted_in_milliseconds,
    a_ttl_of_zero_is_an_error,
}

async fn what_replaces_a_value_renews_its_end(fleet: Fleet) {
    let words = words(&fleet.node().await);
    let (a, b) = (word("a"), word("b"));
    let ends = async |what: &str| {
        assert!(is_about(words.ttl("k").await.unwrap(), HOUR), "{what}");
        words.expire("k", MINUTE).await.unwrap();
    };
    words.set("k", &a).await.unwrap();
    ends("set").await;
    words.set("k", &a).await.unwrap();
    ends("set again").await;
    words.set_many([("k", &a)]).await.unwrap();
    ends("set_many").await;
    words.get_and_set("k", &a).await.unwrap();
    ends("get_and_set").await;
    assert!(words.compare_and_set("k", Some(&a), &b).await.unwrap());
    ends("compare_and_set").await;
    assert!(!words.compare_and_set("k", Some(&a), &b).await.unwrap());
    assert!(is_about(words.ttl("k").await.unwrap(), MINUTE), "it lost");
    words.delete("k").await.unwrap();
    assert!(words.compare_and_set("k", None, &a).await.unwrap());
    ends("compare_and_set on nothing").await;
    words.with_ttl(Ttl::NEVER).set("k", &a).await.unwrap();
    assert_eq!(words.ttl("k").await.unwrap(), Some(Ttl::NEVER));
}

async fn what_changes_a_part_leaves_the_end(fleet: Fleet) {
    let larder = fleet.node().await;
    let words = words(&larder);
    let numbers = numbers(&larder);
    let a = word("a");
    words.set("value", &a).await.unwrap();
    words.rpush("list", [&a]).await.unwrap();
    words.hset("hash", "f", &a).await.unwrap();
    words.sadd("set", [&a]).await.unwrap();
    words.zadd("sorted", [(&a, 1.0)]).await.unwrap();
    numbers.hincr("counts", "f", 1).await.unwrap();
    let keys = ["value", "list", "hash", "set", "sorted"];
    for key in keys {
        assert!(is_about(words.ttl(key).await.unwrap(), HOUR), "{key}");
        words.expire(key, MINUTE).await.unwrap();
    }
    assert!(is_about(numbers.ttl("counts").await.unwrap(), HOUR));
    numbers.expire("counts", MINUTE).await.unwrap();

    let b = word("b");
    words
        .update("value", |value| value.push('!'))
        .await
        .unwrap();
    words.rpush("list", [&b, &b]).await.unwrap();
    words.lpush("list", [&b]).await.unwrap();
    words.lpop("list").await.unwrap();
    words.rpop("list").await.unwrap();
    words.ltrim("list", 0, 0).await.unwrap();
    words
        .hset_many("hash", [("f", &b), ("g", &b)])
        .await
        .unwrap();
    words.hdel("hash", ["g"]).await.unwrap();
    words.sadd("set", [&b]).await.unwrap();
    words.srem("set", [&a]).await.unwrap();
    words.zadd("sorted", [(&a, 2.0), (&b, 3.0)]).await.unwrap();
    words.zrem("sorted", [&a]).await.unwrap();
    numbers.hincr("counts", "g", 1).await.unwrap();
    for key in keys {
        assert!(is_about(words.ttl(key).await.unwrap(), MINUTE), "{key}");
    }
    assert!(is_about(numbers.ttl("counts").await.unwrap(), MINUTE));
}

/// Makes a key of every kind, alone and in both kinds of pipelines.
async fn make_every_kind(store: &Store<i64>) -> Result<()> {
    store.set("set", &1).await?;
    store.set_many([("set_many", 1)]).await?;
    store.get_and_set("get_and_set", &1).await?;
    store.compare_and_set("compare_and_set", None, &1).await?;
    for way in 0..3 {
        let operations = (
            store.incr(&("incr", way), 5),
            store.decr(&("decr", way), 5),
            store.lpush(&("lpush", way), [1]),
            store.rpush(&("rpush", way), [1, 2]),
            store.hset(&("hset", way), "f", &1),
            store.hset_many(&("hset_many", way), [("f", 1)]),
            store.hincr(&("hincr", way), "f", 5),
            store.sadd(&("sadd", way), [1]),
            store.zadd(&("zadd", way), [(1, 1.0)]),
        );
        let (incr, decr, lpush, rpush, hset, hset_many, hincr, sadd, zadd) = operations;
        if way == 0 {
            incr.await?;
            decr.await?;
            lpush.await?;
            rpush.await?;
            hset.await?;
            hset_many.await?;
            hincr.await?;
            sadd.await?;
            zadd.await?;
            continue;
        }
        let mut pipeline = store.pipeline();
        if way == 2 {
            pipeline = pipeline.atomic();
        }
        pipeline.add(incr);
        pipeline.add(decr);
        pipeline.add(lpush);
        pipeline.add(rpush);
        pipeline.add(hset);
        pipeline.add(hset_many);
        pipeline.add(hincr);
        pipeline.add(sadd);
        pipeline.add(zadd);
        pipeline.run().await?.check()?;
    }
    Ok(())
}

async fn every_key_has_an_end_unless_it_is_durable(fleet: Fleet) {
    let larder = fleet.node().await;
    let stranger = fleet.stranger().await;
    make_every_kind(&numbers(&larder)).await.unwrap();
    let found = stranger.times_to_live().await;
    assert_eq!(found.len(), 4 + 3 * 9);
    for (key, left) in found {
        assert!(left > 0 && left <= 3_600_000, "{key} ends in {left} ms");
    }

    numbers(&larder).clear().await.unwrap();
    make_every_kind(&larder.store("numbers").durable().unwrap())
        .await
        .unwrap();
    for (key, left) in stranger.times_to_live().await {
        assert_eq!(left, -1, "{key}");
    }
}

async fn ends_are_set_and_taken_away_by_hand(fleet: Fleet) {
    let words = words(&fleet.node().await);
    assert_eq!(words.ttl("k").await.unwrap(), None);
    assert!(!words.expire("k", MINUTE).await.unwrap());
    assert!(!words.persist("k").await.unwrap());
    words.set("k", &word("a")).await.unwrap();
    assert!(words.expire("k", MINUTE).await.unwrap());
    assert!(is_about(words.ttl("k").await.unwrap(), MINUTE));
    assert!(words.persist("k").await.unwrap());
    assert!(!words.persist("k").await.unwrap(), "it had no end any more");
    assert_eq!(words.ttl("k").await.unwrap(), Some(Ttl::NEVER));
    assert_eq!(words.get("k").await.unwrap(), Some(word("a")));
    // Longer than a server can count.
    assert!(
        words
            .expire("k", Duration::from_secs(u64::MAX / 2))
            .await
            .unwrap()
    );
    words
        .with_ttl(Duration::from_secs(u64::MAX / 2))
        .incr("long", 1)
        .await
        .unwrap();
}

async fn ends_are_counted_in_milliseconds(fleet: Fleet) {
    let words = words(&fleet.node().await);
    let wanted = Duration::from_millis(59_999);
    words.with_ttl(wanted).set("k", &word("a")).await.unwrap();
    let left = words.ttl("k").await.unwrap().and_then(Ttl::duration);
    let left = left.unwrap();
    assert!(left <= wanted && left > Duration::from_secs(50), "{left:?}");
}

async fn a_ttl_of_zero_is_an_error(fleet: Fleet) {
    let words = words(&fleet.node().await);
    words.set("k", &word("a")).await.unwrap();
    let hasty = words.with_ttl(Duration::from_micros(999));
    let a = word("a");
    for error in [
        hasty.set("k", &a).await.unwrap_err(),
        hasty.set_many([("k", &a)]).await.unwrap_err(),
        hasty.get_and_set("k", &a).await.unwrap_err(),
        hasty.compare_and_set("k", Some(&a), &a).await.unwrap_err(),
        hasty.incr("n", 1).await.unwrap_err(),
        hasty.rpush("l", [&a]).await.unwrap_err(),
        hasty.expire("k", Duration::ZERO).await.unwrap_err(),
        hasty
            .expire("k", Duration::from_micros(999))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    }
    // An end that never comes is no end that is near.
    for (after, cure, other) in [
        (Duration::ZERO, "delete it", "persist it"),
        (Duration::MAX, "persist it", "delete it"),
    ] {
        let error = words.expire("k", after).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        assert!(error.message().contains(cure), "{error}");
        assert!(!error.message().contains(other), "{error}");
    }
    assert_eq!(words.get("k").await.unwrap(), Some(a));
    assert!(!words.exists("n").await.unwrap());
    // What leaves the end as it is needs none.
    hasty.update("k", |word| word.push('!')).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_has_ended_is_gone() {
    let larder = Larder::memory();
    let words = words(&larder);
    words.set("k", &word("a")).await.unwrap();
    words.rpush("l", ["a".to_owned()]).await.unwrap();
    tokio::time::advance(HOUR.saturating_sub(Duration::from_millis(1))).await;
    words.rpush("l", ["b".to_owned()]).await.unwrap();
    assert!(words.exists("k").await.unwrap());
    tokio::time::advance(Duration::from_millis(2)).await;
    assert_eq!(words.get("k").await.unwrap(), None);
    assert_eq!(words.llen("l").await.unwrap(), 0);
    words.rpush("l", ["c".to_owned()]).await.unwrap();
    assert!(is_about(words.ttl("l").await.unwrap(), HOUR), "a new list");
}
