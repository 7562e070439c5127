//! Sorted sets.

use larder::ErrorKind;

use crate::fleet::Fleet;
use crate::{HOUR, is_about, numbers, user, users, word, words};

on_each_backend! {
    members_are_in_the_order_of_their_scores,
    scores_come_back_to_the_bit,
    nothing_at_once,
    more_than_a_script_takes_at_once,
}

async fn members_are_in_the_order_of_their_scores(fleet: Fleet) {
    let users = users(&fleet.node().await);
    let (a, b, c) = (user("a"), user("b"), user("c"));
    assert_eq!(users.zrange("z", 0, -1).await.unwrap(), []);
    assert_eq!(users.zscore("z", &a).await.unwrap(), None);
    assert_eq!(
        users
            .zadd("z", [(&a, 3.0), (&b, 1.0), (&c, 2.0)])
            .await
            .unwrap(),
        3
    );
    assert_eq!(users.zadd("z", [(&a, 0.5)]).await.unwrap(), 0);
    assert_eq!(users.zscore("z", &user("a")).await.unwrap(), Some(0.5));
    assert_eq!(
        users.zrange("z", 0, -1).await.unwrap(),
        [(a.clone(), 0.5), (b.clone(), 1.0), (c.clone(), 2.0)]
    );
    assert_eq!(users.zrange("z", -1, -1).await.unwrap(), [(c.clone(), 2.0)]);
    assert_eq!(users.zrange("z", 1, 0).await.unwrap(), []);
    assert_eq!(users.zrem("z", [&b, &user("d")]).await.unwrap(), 1);
    assert_eq!(users.zrange("z", 0, 1).await.unwrap(), [(a, 0.5), (c, 2.0)]);
}

async fn scores_come_back_to_the_bit(fleet: Fleet) {
    let words = words(&fleet.node().await);
    let scores = [
        0.0,
        0.1 + 0.2,
        -1.5,
        1e300,
        -1e-300,
        f64::MIN_POSITIVE,
        9_007_199_254_740_993.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ];
    for (place, score) in scores.into_iter().enumerate() {
        let member = place.to_string();
        words.zadd("z", [(&member, score)]).await.unwrap();
        let found = words.zscore("z", &member).await.unwrap();
        assert_eq!(found.map(f64::to_bits), Some(score.to_bits()), "{score}");
    }
    let in_order = words.zrange("z", 0, -1).await.unwrap();
    assert!(in_order.is_sorted_by(|left, right| left.1 <= right.1));
    let (a, b) = (word("a"), word("b"));
    let error = words
        .zadd("nan", [(&a, 1.0), (&b, f64::NAN)])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotANumber, "{error}");
    assert!(!words.exists("nan").await.unwrap());
}

async fn nothing_at_once(fleet: Fleet) {
    let words = words(&fleet.node().await);
    assert_eq!(
        words.zadd("z", Vec::<(String, f64)>::new()).await.unwrap(),
        0
    );
    assert_eq!(words.zrem("z", Vec::<String>::new()).await.unwrap(), 0);
    assert!(!words.exists("z").await.unwrap());
}

async fn more_than_a_script_takes_at_once(fleet: Fleet) {
    let numbers = numbers(&fleet.node().await);
    let members = (0..9_999_i32).map(|number| (i64::from(number), f64::from(number) / 2.0));
    assert_eq!(numbers.zadd("z", members).await.unwrap(), 9_999);
    assert!(is_about(numbers.ttl("z").await.unwrap(), HOUR));
    assert_eq!(
        numbers.zrange("z", -1, -1).await.unwrap(),
        [(9_998, 4_999.0)]
    );
    assert_eq!(numbers.zscore("z", &4_001).await.unwrap(), Some(2_000.5));
}
