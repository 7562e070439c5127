//! Lists.

use larder::{ErrorKind, Larder, MemoryServer};

use crate::fleet::Fleet;
use crate::{HOUR, is_about, numbers, user, users, words};

on_each_backend! {
    both_ends,
    ranges,
    nothing_at_once,
    more_than_a_script_takes_at_once,
    an_element_that_cannot_be_read_is_an_error,
}

async fn both_ends(fleet: Fleet) {
    let users = users(&fleet.node().await);
    assert_eq!(users.lpop("l").await.unwrap(), None);
    assert_eq!(users.rpop("l").await.unwrap(), None);
    assert_eq!(users.rpush("l", [user("c")]).await.unwrap(), 1);
    assert_eq!(users.lpush("l", [user("b"), user("a")]).await.unwrap(), 3);
    assert_eq!(users.rpush("l", &[user("d")]).await.unwrap(), 4);
    assert_eq!(users.llen("l").await.unwrap(), 4);
    assert_eq!(users.lpop("l").await.unwrap(), Some(user("a")));
    assert_eq!(users.rpop("l").await.unwrap(), Some(user("d")));
    assert_eq!(
        users.lrange("l", 0, -1).await.unwrap(),
        [user("b"), user("c")]
    );
    users.lpop("l").await.unwrap();
    users.lpop("l").await.unwrap();
    assert!(!users.exists("l").await.unwrap(), "an empty list is none");
}

async fn ranges(fleet: Fleet) {
    let numbers = numbers(&fleet.node().await);
    numbers.rpush("l", 0..10).await.unwrap();
    let range = async |first, last| numbers.lrange("l", first, last).await.unwrap();
    assert_eq!(range(0, 2).await, [0, 1, 2]);
    assert_eq!(range(-2, -1).await, [8, 9]);
    assert_eq!(range(8, 100).await, [8, 9]);
    assert!(range(5, 4).await.is_empty());
    assert_eq!(range(i64::MIN, i64::MAX).await.len(), 10);
    assert!(numbers.lrange("none", 0, -1).await.unwrap().is_empty());
    numbers.ltrim("l", 2, -3).await.unwrap();
    assert_eq!(range(0, -1).await, [2, 3, 4, 5, 6, 7]);
    numbers.ltrim("l", 1, 0).await.unwrap();
    assert_eq!(numbers.llen("l").await.unwrap(), 0);
    numbers.ltrim("none", 0, 0).await.unwrap();
}

async fn nothing_at_once(fleet: Fleet) {
    let numbers = numbers(&fleet.node().await);
    assert_eq!(numbers.rpush("l", [0_i64; 0]).await.unwrap(), 0);
    assert!(!numbers.exists("l").await.unwrap());
    numbers.rpush("l", [1, 2]).await.unwrap();
    assert_eq!(numbers.lpush("l", [0_i64; 0]).await.unwrap(), 2);
}

async fn more_than_a_script_takes_at_once(fleet: Fleet) {
    let numbers = numbers(&fleet.node().await);
    assert_eq!(numbers.rpush("l", 0..20_001).await.unwrap(), 20_001);
    assert!(is_about(numbers.ttl("l").await.unwrap(), HOUR));
    let all = numbers.lrange("l", 0, -1).await.unwrap();
    assert_eq!(all, (0..20_001).collect::<Vec<_>>());
    assert_eq!(numbers.lpush("l", 0..9_000).await.unwrap(), 29_001);
}

async fn an_element_that_cannot_be_read_is_an_error(fleet: Fleet) {
    let larder = fleet.node().await;
    let stranger = fleet.stranger().await;
    let users = users(&larder);
    users.rpush("l", [user("a")]).await.unwrap();
    let push = larder_runtime::backend::Command::new("RPUSH")
        .arg(users.key("l"))
        .arg("foreign");
    stranger.run(push).await;
    let error = users.lrange("l", 0, -1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    assert_eq!(users.lrange("l", 0, 0).await.unwrap(), [user("a")]);
    let error = users.rpop("l").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    assert_eq!(users.llen("l").await.unwrap(), 1, "it is gone all the same");
}

/// Stored by a node that may store more.
#[tokio::test(start_paused = true)]
async fn an_element_that_is_too_large_is_an_error() {
    let server = MemoryServer::new();
    let large = words(&Larder::builder().on_memory(&server));
    let small = words(&Larder::builder().max_value_bytes(100).on_memory(&server));
    let long = "x".repeat(1_000);
    large.rpush("l", [&long]).await.unwrap();
    large.hset("h", "f", &long).await.unwrap();
    large.sadd("s", [&long]).await.unwrap();
    large.zadd("z", [(&long, 1.0)]).await.unwrap();
    large.set("k", &long).await.unwrap();
    for error in [
        small.lrange("l", 0, -1).await.unwrap_err(),
        small.hgetall("h").await.unwrap_err(),
        small.smembers("s").await.unwrap_err(),
        small.zrange("z", 0, -1).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    }
    assert_eq!(small.get("k").await.unwrap(), None, "a value is none");
    assert_eq!(large.lrange("l", 0, -1).await.unwrap(), [long]);
}
