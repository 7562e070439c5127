//! What a limiter lets pass, keeps apart and remembers.

use std::time::Duration;

use larder::{Algorithm, Decision, DecisionSource, ErrorKind, Larder, Limiter, RateOnError};

use crate::fleet::Fleet;

const ALGORITHMS: [Algorithm; 5] = [
    Algorithm::Gcra,
    Algorithm::TokenBucket,
    Algorithm::FixedWindow,
    Algorithm::SlidingWindow,
    Algorithm::SlidingLog,
];

on_each_backend!(
    so_many_pass_and_no_more,
    a_denied_call_consumes_nothing,
    nodes_share_a_limit_and_keys_tenants_and_namespaces_do_not,
    a_reset_gives_everything_back,
    looking_takes_nothing,
    a_cost_that_could_never_pass_is_an_error,
    a_cost_that_could_never_pass_is_no_outage,
    a_key_of_another_kind_is_an_error_and_no_outage,
    a_batch_larger_than_the_limit_is_as_large_as_the_limit,
    a_shadow_limit_counts_and_denies_nobody,
    a_denial_is_remembered_and_not_asked_about_again,
    other_limits_keep_what_was_consumed,
    a_limit_that_was_raised_denies_nothing_from_memory,
    what_is_borrowed_is_given_out_without_the_server,
    callers_who_come_together_borrow_one_batch,
    a_denial_is_remembered_for_its_cost,
    every_key_has_an_end,
);

/// A day is longer than any test takes: nothing comes back meanwhile.
fn per_day(node: &Larder, algorithm: Algorithm, limits: &str) -> Limiter {
    let limiter = node.limiter("limits").algorithm(algorithm);
    limiter.limits(limits).unwrap()
}

/// How many of these calls pass.
async fn passed(limiter: &Limiter, key: &str, calls: usize) -> usize {
    let mut passed = 0;
    for _ in 0..calls {
        passed += usize::from(limiter.check(key).await.unwrap().is_allowed());
    }
    passed
}

async fn so_many_pass_and_no_more(fleet: Fleet) {
    let node = fleet.node().await;
    for (number, algorithm) in ALGORITHMS.into_iter().enumerate() {
        let limiter = per_day(&node, algorithm, "5/d");
        let key = format!("key {number}");
        let first = limiter.check(key.as_str()).await.unwrap();
        assert_eq!(
            (first.is_allowed(), first.remaining()),
            (true, 4),
            "{algorithm:?}"
        );
        assert_eq!(passed(&limiter, &key, 10).await, 4, "{algorithm:?}");
        let denied = limiter.check(key.as_str()).await.unwrap();
        let wait = denied.retry_after().unwrap();
        assert!(wait > Duration::ZERO && wait <= Duration::from_hours(48));
        let error = denied.into_result().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert!(error.is_temporary());
        assert_eq!(Decision::of(&error).unwrap().retry_after(), Some(wait));
    }
}

async fn a_denied_call_consumes_nothing(fleet: Fleet) {
    let node = fleet.node().await;
    for (number, algorithm) in ALGORITHMS.into_iter().enumerate() {
        let limiter = per_day(&node, algorithm, "3/12h, 6/d");
        let key = number as u64;
        assert!(limiter.check_cost(&key, 2).await.unwrap().is_allowed());
        // The first limit has one left, the second four: none of the two is taken.
        assert!(!limiter.check_cost(&key, 2).await.unwrap().is_allowed());
        let left: Vec<u64> = limiter
            .peek(&key)
            .await
            .unwrap()
            .limits()
            .map(|state| state.remaining)
            .collect();
        assert_eq!(left, [1, 4], "{algorithm:?}");
        assert!(limiter.check(&key).await.unwrap().is_allowed());
    }
}

async fn nodes_share_a_limit_and_keys_tenants_and_namespaces_do_not(fleet: Fleet) {
    let (one, other) = (fleet.node().await, fleet.node().await);
    let limiters = [&one, &other].map(|node| per_day(node, Algorithm::Gcra, "4/d"));
    let mut total = 0;
    for _ in 0..4 {
        for limiter in &limiters {
            total += passed(limiter, "ada", 1).await;
        }
    }
    assert_eq!(total, 4);
    assert_eq!(passed(&limiters[0], "grace", 9).await, 4);
    let acme = per_day(&one.tenant("acme"), Algorithm::Gcra, "4/d");
    assert_eq!(passed(&acme, "ada", 9).await, 4);
    let elsewhere = one.limiter("elsewhere").limits("4/d").unwrap();
    assert_eq!(passed(&elsewhere, "ada", 9).await, 4);
}

async fn a_reset_gives_everything_back(fleet: Fleet) {
    let node = fleet.node().await;
    for algorithm in ALGORITHMS {
        let limiter = per_day(&node, algorithm, "2/d");
        limiter.reset("ada").await.unwrap();
        assert_eq!(passed(&limiter, "ada", 5).await, 2);
        limiter.reset("ada").await.unwrap();
        assert_eq!(passed(&limiter, "ada", 5).await, 2, "{algorithm:?}");
    }
}

async fn looking_takes_nothing(fleet: Fleet) {
    let node = fleet.node().await;
    for (number, algorithm) in ALGORITHMS.into_iter().enumerate() {
        let limiter = per_day(&node, algorithm, "2/d");
        for _ in 0..5 {
            let decision = limiter.peek(&number).await.unwrap();
            assert!(decision.is_allowed());
            assert_eq!(decision.remaining(), 2, "{algorithm:?}");
            assert_eq!(decision.tightest().reset_after, Duration::ZERO);
        }
        assert_eq!(limiter.check(&number).await.unwrap().remaining(), 1);
    }
}

async fn a_cost_that_could_never_pass_is_an_error(fleet: Fleet) {
    let node = fleet.node().await;
    let limiter = per_day(&node, Algorithm::Gcra, "10/d burst 3");
    let error = limiter.check_cost("ada", 4).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("at most 3"), "{error}");
    assert!(limiter.check_cost("ada", 3).await.unwrap().is_allowed());
}

async fn a_cost_that_could_never_pass_is_no_outage(fleet: Fleet) {
    let node = fleet.node().await;
    for on_error in [RateOnError::Fail, RateOnError::Allow, RateOnError::Local] {
        let limiter = node.limiter("impossible").on_error(on_error);
        let limiter = limiter.limits("10/d").unwrap();
        let error = limiter.check_cost("ada", 11).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{on_error:?}");
    }
    assert_eq!(node.rate_stats("impossible").degraded, 0);
    // Nor is it a denial, while the key is denied.
    let limiter = per_day(&node, Algorithm::Gcra, "10/d");
    assert!(limiter.check_cost("ada", 10).await.unwrap().is_allowed());
    assert_eq!(passed(&limiter, "ada", 1).await, 0);
    let error = limiter.check_cost("ada", 11).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

async fn a_key_of_another_kind_is_an_error_and_no_outage(fleet: Fleet) {
    let node = fleet.node().await;
    let windows = per_day(&node, Algorithm::FixedWindow, "2/d");
    assert_eq!(passed(&windows, "ada", 1).await, 1);
    for on_error in [RateOnError::Allow, RateOnError::Local] {
        let limiter = node.limiter("limits").on_error(on_error);
        let limiter = limiter.limits("2/d").unwrap();
        let error = limiter.check_cost("ada", 2).await.unwrap_err();
        assert_eq!(error.code(), Some("WRONGTYPE"), "{error}");
    }
    assert_eq!(node.rate_stats("limits").degraded, 0);
    assert_eq!(node.health().await.outages, 0);
}

async fn a_batch_larger_than_the_limit_is_as_large_as_the_limit(fleet: Fleet) {
    let node = fleet.node().await;
    let limiter = node.limiter("borrowed").batch(20).limits("10/d").unwrap();
    // More than the limit and less than the batch.
    let error = limiter.check_cost("ada", 15).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(passed(&limiter, "ada", 100).await, 10);
}

async fn a_shadow_limit_counts_and_denies_nobody(fleet: Fleet) {
    let node = fleet.node().await;
    let limiter = node.limiter("shadow").shadow().limits("2/d").unwrap();
    assert_eq!(passed(&limiter, "ada", 5).await, 5);
    let stats = node.rate_stats("shadow");
    assert_eq!((stats.allowed, stats.shadowed, stats.denied), (2, 3, 0));
}

async fn a_denial_is_remembered_and_not_asked_about_again(fleet: Fleet) {
    let node = fleet.node().await;
    let limiter = per_day(&node, Algorithm::Gcra, "1/d");
    assert_eq!(passed(&limiter, "ada", 1).await, 1);
    let denied = limiter.check("ada").await.unwrap();
    assert_eq!(denied.source(), DecisionSource::Server);
    let remembered = limiter.check("ada").await.unwrap();
    assert_eq!(remembered.source(), DecisionSource::Local);
    assert!(remembered.retry_after() <= denied.retry_after());
    assert_eq!(remembered.tightest().limit, denied.tightest().limit);
    let stats = node.rate_stats("limits");
    assert_eq!((stats.denied, stats.denied_locally), (2, 1));
}

async fn other_limits_keep_what_was_consumed(fleet: Fleet) {
    let node = fleet.node().await;
    let limiter = per_day(&node, Algorithm::SlidingLog, "4/d");
    assert_eq!(passed(&limiter, "ada", 3).await, 3);
    let more = limiter.with_limits(&["6/d".parse().unwrap()]).unwrap();
    assert_eq!(passed(&more, "ada", 9).await, 3);
    assert_eq!(passed(&limiter, "ada", 1).await, 0);
    assert!(limiter.with_limits(&[]).is_err());
}

async fn a_limit_that_was_raised_denies_nothing_from_memory(fleet: Fleet) {
    let node = fleet.node().await;
    let limiter = per_day(&node, Algorithm::SlidingLog, "1/d");
    assert_eq!(passed(&limiter, "ada", 3).await, 1);
    let more = limiter.with_limits(&["2/d".parse().unwrap()]).unwrap();
    assert!(more.check("ada").await.unwrap().is_allowed());
    let denied = more.check("ada").await.unwrap();
    assert_eq!(denied.source(), DecisionSource::Server);
    let remembered = more.check("ada").await.unwrap();
    assert_eq!(remembered.source(), DecisionSource::Local);
}

async fn what_is_borrowed_is_given_out_without_the_server(fleet: Fleet) {
    let (one, other) = (fleet.node().await, fleet.node().await);
    let limiters = [&one, &other].map(|node| {
        let limiter = node.limiter("borrowed").batch(10);
        limiter.limits("100/d").unwrap()
    });
    let mut sources = Vec::new();
    for _ in 0..10 {
        sources.push(limiters[0].check("ada").await.unwrap().source());
    }
    assert_eq!(sources[0], DecisionSource::Server);
    assert!(
        sources[1..]
            .iter()
            .all(|source| *source == DecisionSource::Local)
    );
    // What both borrow comes out of one limit: together they let no more pass than that.
    let mut total = 10;
    for _ in 0..100 {
        for limiter in &limiters {
            total += passed(limiter, "ada", 1).await;
        }
    }
    assert_eq!(total, 100);
}

async fn callers_who_come_together_borrow_one_batch(fleet: Fleet) {
    let limiter = fleet.node().await.limiter("borrowed").batch(20);
    let limiter = limiter.limits("1000/d").unwrap();
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let limiter = limiter.clone();
            tokio::spawn(async move { limiter.check("ada").await.unwrap().is_allowed() })
        })
        .collect();
    for call in calls {
        assert!(call.await.unwrap());
    }
    let taken = 1000 - limiter.peek("ada").await.unwrap().remaining();
    assert!((50..70).contains(&taken), "{taken} for 50");
}

async fn a_denial_is_remembered_for_its_cost(fleet: Fleet) {
    let limiter = per_day(&fleet.node().await, Algorithm::Gcra, "10/d");
    assert!(limiter.check_cost("ada", 10).await.unwrap().is_allowed());
    let one = limiter.check("ada").await.unwrap().retry_after().unwrap();
    let eight = limiter.check_cost("ada", 8).await.unwrap();
    assert_eq!(eight.source(), DecisionSource::Server);
    assert!(eight.retry_after().unwrap() > 7 * one);
    let again = limiter.check_cost("ada", 8).await.unwrap();
    assert_eq!(again.source(), DecisionSource::Local);
}

async fn every_key_has_an_end(fleet: Fleet) {
    let node = fleet.node().await;
    for (number, algorithm) in ALGORITHMS.into_iter().enumerate() {
        let limiter = per_day(&node, algorithm, "3/s, 9/d");
        limiter.check_cost(&number, 2).await.unwrap();
    }
    let limiter = per_day(&node, Algorithm::Gcra, "9/d");
    let lease = Duration::from_secs(1);
    let reservation = limiter.reserve("reserved", 3, lease).await.unwrap();
    drop(reservation);
    let keys = fleet.stranger().await.times_to_live().await;
    assert_eq!(keys.len(), ALGORITHMS.len() + 2);
    assert!(keys.iter().all(|(_, left)| *left > 0), "{keys:?}");
}
