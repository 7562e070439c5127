//! Sets.

use crate::fleet::Fleet;
use crate::{HOUR, is_about, numbers, user, users};

on_each_backend! {
    members_come_and_go,
    nothing_at_once,
    more_than_a_script_takes_at_once,
    exactly_one_is_the_first,
}

async fn members_come_and_go(fleet: Fleet) {
    let users = users(&fleet.node().await);
    let (a, b, c) = (user("a"), user("b"), user("c"));
    assert_eq!(users.smembers("s").await.unwrap(), []);
    assert_eq!(users.scard("s").await.unwrap(), 0);
    assert!(!users.sismember("s", &a).await.unwrap());
    assert_eq!(users.sadd("s", [&a, &b, &a]).await.unwrap(), 2);
    assert_eq!(users.sadd("s", [&b, &c]).await.unwrap(), 1);
    assert_eq!(users.scard("s").await.unwrap(), 3);
    // Found by a value that was made anew: nothing in a member's bytes differs from one write to
    // the next.
    assert!(users.sismember("s", &user("a")).await.unwrap());
    assert!(!users.sismember("s", &user("d")).await.unwrap());
    let mut all = users.smembers("s").await.unwrap();
    all.sort_by(|left, right| left.name.cmp(&right.name));
    assert_eq!(all, [a.clone(), b, c]);
    assert_eq!(users.srem("s", [a, user("d")]).await.unwrap(), 1);
    assert_eq!(users.scard("s").await.unwrap(), 2);
}

async fn nothing_at_once(fleet: Fleet) {
    let users = users(&fleet.node().await);
    let none: [crate::User; 0] = [];
    assert_eq!(users.sadd("s", &none).await.unwrap(), 0);
    assert_eq!(users.srem("s", &none).await.unwrap(), 0);
    assert!(!users.exists("s").await.unwrap());
}

async fn more_than_a_script_takes_at_once(fleet: Fleet) {
    let numbers = numbers(&fleet.node().await);
    assert_eq!(numbers.sadd("s", 0..10_000).await.unwrap(), 10_000);
    assert_eq!(numbers.sadd("s", 5_000..15_000).await.unwrap(), 5_000);
    assert_eq!(numbers.scard("s").await.unwrap(), 15_000);
    assert!(is_about(numbers.ttl("s").await.unwrap(), HOUR));
    assert_eq!(numbers.srem("s", 0..14_999).await.unwrap(), 14_999);
    assert_eq!(numbers.smembers("s").await.unwrap(), [14_999]);
}

async fn exactly_one_is_the_first(fleet: Fleet) {
    let numbers = numbers(&fleet.node().await);
    let callers: Vec<_> = (0..32)
        .map(|_| tokio::spawn(numbers.sadd("s", [7])))
        .collect();
    let mut firsts = 0;
    for caller in callers {
        firsts += caller.await.unwrap().unwrap();
    }
    assert_eq!(firsts, 1);
}
