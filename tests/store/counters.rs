//! Counters, and that their end is set once, when they begin.

use larder::{ErrorKind, Ttl};

use crate::fleet::Fleet;
use crate::{HOUR, MINUTE, is_about, numbers, user, users, word};

on_each_backend! {
    up_and_down,
    the_end_is_set_when_the_counter_begins_and_never_again,
    a_counter_that_was_persisted_stays_so,
    what_is_no_number_is_a_typed_error,
    every_number_of_64_bits_is_exact,
    a_sum_beyond_64_bits_is_a_typed_error,
    a_counter_reads_as_whatever_number_the_store_has,
    no_count_is_lost,
}

async fn up_and_down(fleet: Fleet) {
    let numbers = numbers(&fleet.node().await);
    assert_eq!(numbers.incr("k", 1).await.unwrap(), 1);
    assert_eq!(numbers.incr("k", 41).await.unwrap(), 42);
    assert_eq!(numbers.decr("k", 50).await.unwrap(), -8);
    assert_eq!(numbers.incr("k", -2).await.unwrap(), -10);
    assert_eq!(numbers.decr("k", -10).await.unwrap(), 0);
    assert_eq!(numbers.get("k").await.unwrap(), Some(0));
}

async fn the_end_is_set_when_the_counter_begins_and_never_again(fleet: Fleet) {
    let numbers = numbers(&fleet.node().await);
    // Whatever it begins with: a counter that is made by 5 is no immortal one.
    for (key, first) in [("one", 1), ("five", 5), ("none", 0), ("less", -3)] {
        numbers.incr(key, first).await.unwrap();
        assert!(is_about(numbers.ttl(key).await.unwrap(), HOUR), "{key}");
        numbers.expire(key, MINUTE).await.unwrap();
        numbers.incr(key, 1).await.unwrap();
        numbers.decr(key, first + 1).await.unwrap();
        assert_eq!(numbers.incr(key, 1).await.unwrap(), 1);
        assert!(is_about(numbers.ttl(key).await.unwrap(), MINUTE), "{key}");
    }
    numbers.decr("down", 1).await.unwrap();
    assert!(is_about(numbers.ttl("down").await.unwrap(), HOUR));
    numbers.with_ttl(MINUTE).incr("short", 1).await.unwrap();
    assert!(is_about(numbers.ttl("short").await.unwrap(), MINUTE));
    numbers.with_ttl(Ttl::NEVER).incr("ever", 1).await.unwrap();
    assert_eq!(numbers.ttl("ever").await.unwrap(), Some(Ttl::NEVER));
}

async fn a_counter_that_was_persisted_stays_so(fleet: Fleet) {
    let numbers = numbers(&fleet.node().await);
    numbers.incr("k", 1).await.unwrap();
    assert!(numbers.persist("k").await.unwrap());
    assert_eq!(numbers.incr("k", 1).await.unwrap(), 2);
    assert_eq!(numbers.ttl("k").await.unwrap(), Some(Ttl::NEVER));
}

async fn what_is_no_number_is_a_typed_error(fleet: Fleet) {
    let larder = fleet.node().await;
    let stranger = fleet.stranger().await;
    let numbers = numbers(&larder);
    numbers.set("value", &5).await.unwrap();
    stranger.set(&numbers.key("text"), b"five").await;
    stranger.set(&numbers.key("fraction"), b"0.5").await;
    for key in ["value", "text", "fraction"] {
        for durable in [numbers.clone(), numbers.with_ttl(Ttl::NEVER)] {
            let error = durable.incr(key, 1).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotANumber, "{error}");
            assert_eq!(error.operation(), "INCRBY");
            let error = durable.decr(key, 1).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotANumber, "{error}");
        }
    }
    numbers.hset("hash", "field", &5).await.unwrap();
    let error = numbers.hincr("hash", "field", 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotANumber, "{error}");
    // Nothing of it was changed.
    assert_eq!(numbers.get("value").await.unwrap(), Some(5));
    assert_eq!(numbers.hget("hash", "field").await.unwrap(), Some(5));
}

async fn every_number_of_64_bits_is_exact(fleet: Fleet) {
    let ending = numbers(&fleet.node().await);
    // Beyond 53 bits a number of Lua is not exact any more.
    for numbers in [ending.with_ttl(Ttl::NEVER), ending] {
        for by in [(1 << 53) + 1, i64::MAX, i64::MIN, -(1 << 60) - 1] {
            assert_eq!(numbers.incr(&by, by).await.unwrap(), by);
            assert_eq!(numbers.get(&by).await.unwrap(), Some(by));
            assert_eq!(numbers.hincr("h", &by.to_string(), by).await.unwrap(), by);
            let mut pipeline = numbers.pipeline().atomic();
            let down = pipeline.add(numbers.decr(&by, by.wrapping_sub(1)));
            let again = pipeline.add(numbers.incr(&by, by.wrapping_sub(1)));
            let mut answers = pipeline.run().await.unwrap();
            if by > i64::MIN {
                assert_eq!(answers.take(down).unwrap(), 1);
                assert_eq!(answers.take(again).unwrap(), by);
            }
        }
        numbers.clear().await.unwrap();
    }
}

async fn a_sum_beyond_64_bits_is_a_typed_error(fleet: Fleet) {
    let numbers = numbers(&fleet.node().await);
    assert_eq!(numbers.incr("k", i64::MAX).await.unwrap(), i64::MAX);
    let overflowing = [
        numbers.incr("k", 1),
        numbers.decr("k", i64::MIN),
        numbers.decr("fresh", i64::MIN),
        numbers.with_ttl(Ttl::NEVER).decr("fresh", i64::MIN),
    ];
    for operation in overflowing {
        let error = operation.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotANumber, "{error}");
    }
    assert_eq!(numbers.get("k").await.unwrap(), Some(i64::MAX));
    assert!(!numbers.exists("fresh").await.unwrap());
    numbers.hincr("h", "f", i64::MIN).await.unwrap();
    let error = numbers.hincr("h", "f", -1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotANumber, "{error}");
}

async fn a_counter_reads_as_whatever_number_the_store_has(fleet: Fleet) {
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Visits(u32);

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    enum Status {
        Open,
        Paid,
    }

    let larder = fleet.node().await;
    let signed = numbers(&larder);
    let small = larder.store::<u8>("numbers").ttl(HOUR).unwrap();
    let float = larder.store::<f64>("numbers").ttl(HOUR).unwrap();
    let wrapped = larder.store::<Visits>("numbers").ttl(HOUR).unwrap();
    // 5 is one byte, and so is every number below 128 in MessagePack: 53, if it were read as such.
    signed.incr("k", 5).await.unwrap();
    signed.hincr("h", "f", 5).await.unwrap();
    assert_eq!(signed.get("k").await.unwrap(), Some(5));
    assert_eq!(small.get("k").await.unwrap(), Some(5));
    assert_eq!(float.get("k").await.unwrap(), Some(5.0));
    assert_eq!(wrapped.get("k").await.unwrap(), Some(Visits(5)));
    assert_eq!(small.hget("h", "f").await.unwrap(), Some(5));
    assert_eq!(float.hgetall("h").await.unwrap().get("f"), Some(&5.0));

    signed.decr("k", 6).await.unwrap();
    assert_eq!(signed.get("k").await.unwrap(), Some(-1));
    let wide = larder.store::<u128>("numbers").ttl(HOUR).unwrap();
    for error in [
        small.get("k").await.unwrap_err(),
        wide.get("k").await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::WrongType, "{error}");
    }
    // Whoever has counted to 1 has not paid.
    signed.incr("one", 1).await.unwrap();
    let states = larder.store::<Status>("numbers").ttl(HOUR).unwrap();
    let error = states.get("one").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongType, "{error}");

    let users = users(&larder);
    users.incr("k", 1).await.unwrap();
    for error in [
        users.get("k").await.unwrap_err(),
        users.get_many(["k"]).await.unwrap_err(),
        users.update("k", |_| ()).await.unwrap_err(),
        signed.update("k", |number| *number += 1).await.unwrap_err(),
        signed.compare_and_set("k", None, &7).await.unwrap_err(),
        signed.compare_and_set("k", Some(&1), &7).await.unwrap_err(),
        signed.compare_and_set("k", Some(&2), &7).await.unwrap_err(),
        users
            .compare_and_set("k", None, &user("Ann"))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::WrongType, "{error}");
        assert!(error.message().contains("counter"), "{error}");
        assert_eq!(error.code(), None, "no server has said so: {error}");
    }
    assert_eq!(users.incr("k", 1).await.unwrap(), 2, "it is still there");
    let before = users.get_and_set("k", &user(&word("Ann"))).await.unwrap();
    assert_eq!(before, None);
    assert_eq!(users.get("k").await.unwrap(), Some(user("Ann")));
}

async fn no_count_is_lost(fleet: Fleet) {
    let numbers = numbers(&fleet.node().await);
    let callers: Vec<_> = (0..64)
        .map(|_| tokio::spawn(numbers.incr("k", 1)))
        .collect();
    let mut sums = Vec::new();
    for caller in callers {
        sums.push(caller.await.unwrap().unwrap());
    }
    sums.sort_unstable();
    assert_eq!(sums, (1..=64).collect::<Vec<_>>());
    assert!(is_about(numbers.ttl("k").await.unwrap(), HOUR));
}
