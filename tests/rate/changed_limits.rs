//! Limits that are changed while keys have consumed something, and builds that declare others side
//! by side, as while a new build is rolled out.

use std::time::Duration;

use larder::{Algorithm, DecisionSource, Larder, Limit, Limiter, MemoryServer};

use crate::fleet::Fleet;

on_each_backend!(
    what_was_consumed_is_found_by_its_period,
    another_count_in_the_same_period_keeps_what_was_consumed,
    a_limit_of_another_period_begins_anew,
    builds_with_other_limits_keep_each_others,
    who_had_more_than_there_is_waits_until_it_has_come_back,
    builds_that_count_in_other_windows_keep_each_others,
    what_was_borrowed_under_other_limits_is_not_given_out,
);

fn limiter(node: &Larder, limits: &str) -> Limiter {
    node.limiter("changed").limits(limits).unwrap()
}

fn changed(limiter: &Limiter, limits: &str) -> Limiter {
    let limits: Vec<Limit> = limits
        .split(", ")
        .map(|limit| limit.parse().unwrap())
        .collect();
    limiter.with_limits(&limits).unwrap()
}

/// What is left of each limit.
async fn left(limiter: &Limiter) -> Vec<u64> {
    let decision = limiter.peek("ada").await.unwrap();
    decision.limits().map(|state| state.remaining).collect()
}

async fn take(limiter: &Limiter, cost: u64) -> bool {
    let decision = limiter.check_cost("ada", cost).await.unwrap();
    decision.is_allowed()
}

async fn what_was_consumed_is_found_by_its_period(fleet: Fleet) {
    let hour = limiter(&fleet.node().await, "1000/d");
    assert!(take(&hour, 500).await);
    let both = changed(&hour, "10/12h, 1000/d");
    assert_eq!(left(&both).await, [10, 500]);
    assert!(take(&both, 10).await);
    assert_eq!(left(&both).await, [0, 490]);
    // And without the first again.
    assert_eq!(left(&hour).await, [490]);
    assert!(take(&hour, 90).await);
    assert_eq!(left(&both).await, [0, 400]);
}

async fn another_count_in_the_same_period_keeps_what_was_consumed(fleet: Fleet) {
    let few = limiter(&fleet.node().await, "20/2d");
    assert!(take(&few, 20).await);
    let many = changed(&few, "2000/2d");
    assert_eq!(left(&many).await, [1980]);
    assert!(take(&many, 5).await);
    assert_eq!(left(&many).await, [1975]);
    // A burst changes nothing of that.
    let burst = changed(&few, "2000/2d burst 100");
    assert_eq!(left(&burst).await, [75]);
}

async fn a_limit_of_another_period_begins_anew(fleet: Fleet) {
    let day = limiter(&fleet.node().await, "10/20d");
    assert!(take(&day, 5).await);
    let minute = changed(&day, "10/12h");
    assert_eq!(left(&minute).await, [10]);
    assert!(take(&minute, 10).await);
    assert_eq!(left(&day).await, [5]);
}

async fn builds_with_other_limits_keep_each_others(fleet: Fleet) {
    for (number, algorithm) in [
        Algorithm::Gcra,
        Algorithm::FixedWindow,
        Algorithm::SlidingWindow,
        Algorithm::SlidingLog,
    ]
    .into_iter()
    .enumerate()
    {
        let key = number as u64;
        let [old, new] = [fleet.node().await, fleet.node().await]
            .map(|node| node.limiter("rollout").algorithm(algorithm));
        let old = old.limits("9/12h, 20/2d").unwrap();
        let new = new.limits("9/12h, 30/4d").unwrap();
        for _ in 0..2 {
            assert!(old.check_cost(&key, 2).await.unwrap().is_allowed());
            assert!(new.check_cost(&key, 2).await.unwrap().is_allowed());
        }
        let of = async |limiter: &Limiter| {
            let decision = limiter.peek(&key).await.unwrap();
            decision.limits().map(|state| state.remaining).collect()
        };
        let (old, new): (Vec<u64>, Vec<u64>) = (of(&old).await, of(&new).await);
        // A log knows of every unit, a counter of those that were counted by its period.
        let counted = match algorithm {
            Algorithm::SlidingLog => [12, 22],
            _ => [16, 26],
        };
        assert_eq!(old, [1, counted[0]], "{algorithm:?}");
        assert_eq!(new, [1, counted[1]], "{algorithm:?}");
    }
}

async fn who_had_more_than_there_is_waits_until_it_has_come_back(fleet: Fleet) {
    let many = limiter(&fleet.node().await, "2000/d");
    assert!(take(&many, 1900).await);
    let few = changed(&many, "20/d");
    assert_eq!(left(&few).await, [0]);
    let denied = few.check("ada").await.unwrap();
    let wait = denied.retry_after().unwrap();
    assert!(wait > Duration::from_hours(22), "{wait:?}");
    assert!(wait < Duration::from_hours(23), "{wait:?}");
    // Nothing of it was written.
    assert_eq!(left(&many).await, [100]);
}

async fn builds_that_count_in_other_windows_keep_each_others(fleet: Fleet) {
    let [fixed, sliding] = [Algorithm::FixedWindow, Algorithm::SlidingWindow];
    let of = async |algorithm| {
        let node = fleet.node().await;
        let builder = node.limiter("changed").algorithm(algorithm);
        builder.limits("6/300d").unwrap()
    };
    let (fixed, sliding) = (of(fixed).await, of(sliding).await);
    for _ in 0..3 {
        assert!(take(&fixed, 1).await);
        assert!(take(&sliding, 1).await);
    }
    assert!(!take(&fixed, 1).await);
    assert!(!take(&sliding, 1).await);
}

async fn what_was_borrowed_under_other_limits_is_not_given_out(fleet: Fleet) {
    let node = fleet.node().await;
    let many = node.limiter("changed").batch(5).limits("10/2d").unwrap();
    assert!(take(&many, 1).await);
    let few = changed(&many, "3/20d");
    let decision = few.check("ada").await.unwrap();
    assert!(decision.is_allowed());
    let limits: Vec<String> = decision.limits().map(|it| it.limit.to_string()).collect();
    assert_eq!(limits, ["3/20d"]);
    assert_eq!(decision.source(), DecisionSource::Server);
}

/// And by the faster of two counts, though nobody is let through meanwhile.
#[tokio::test(start_paused = true)]
async fn units_come_back_as_fast_as_is_declared_now() {
    let few = limiter(&Larder::memory(), "20/h");
    assert!(take(&few, 20).await);
    let many = changed(&few, "2000/h");
    let wait = many.check_cost("ada", 1990).await.unwrap().retry_after();
    assert_eq!(wait, Some(Duration::from_secs(18)));
    tokio::time::sleep(Duration::from_secs(18)).await;
    assert!(take(&many, 1990).await);
    let wait = few.check("ada").await.unwrap().retry_after().unwrap();
    assert_eq!(wait, Duration::from_millis(1981 * 1800));
    tokio::time::sleep(wait).await;
    assert!(take(&few, 1).await);
    assert_eq!(left(&few).await, [0]);
}

/// A key lives as long as the longest period of all who count by it.
#[tokio::test(start_paused = true)]
async fn a_shorter_period_erases_nothing_that_a_longer_one_has_counted() {
    for algorithm in [
        Algorithm::Gcra,
        Algorithm::FixedWindow,
        Algorithm::SlidingWindow,
        Algorithm::SlidingLog,
    ] {
        let server = MemoryServer::new();
        let [long, short] = [(); 2].map(|()| {
            let node = Larder::builder().on_memory(&server);
            node.limiter("api").algorithm(algorithm)
        });
        let long = long.limits("2/30d").unwrap();
        let short = short.limits("10/s").unwrap();
        assert!(long.check_cost("ada", 2).await.unwrap().is_allowed());
        // The last of these come when the longer period has almost passed.
        for wait in [0_u64, 2, 3600, 3, 23 * 3600, 2] {
            tokio::time::sleep(Duration::from_secs(wait)).await;
            let denied = long.check("ada").await.unwrap();
            assert!(!denied.is_allowed(), "{algorithm:?}");
            assert!(short.check("ada").await.unwrap().is_allowed());
        }
    }
}

/// Units of the log are kept for whoever counts by a longer period, while his own count, and not for
/// ever.
#[tokio::test(start_paused = true)]
async fn a_log_is_exact_for_each_build_and_forgets_with_the_last() {
    const HOUR: Duration = Duration::from_hours(1);
    let server = MemoryServer::new();
    let [long, short] = [(); 2].map(|()| {
        let node = Larder::builder().on_memory(&server);
        node.limiter("log").algorithm(Algorithm::SlidingLog)
    });
    let long = long.limits("30/d").unwrap();
    let short = short.limits("10/h").unwrap();
    let left = async || long.peek("ada").await.unwrap().remaining();
    assert!(long.check_cost("ada", 2).await.unwrap().is_allowed());
    for hour in 1..24 {
        tokio::time::sleep(HOUR).await;
        assert!(short.check("ada").await.unwrap().is_allowed());
        assert_eq!(left().await, 28 - hour);
    }
    tokio::time::sleep(Duration::from_millis(3_599_999)).await;
    assert_eq!(left().await, 5);
    // Nobody has taken by a day's limit for a day: what is kept is what counts in an hour.
    assert!(short.check("ada").await.unwrap().is_allowed());
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(short.check("ada").await.unwrap().is_allowed());
    assert_eq!(left().await, 28);
}

#[tokio::test(start_paused = true)]
async fn a_local_denial_is_of_the_limit_that_waits_longest() {
    let node = Larder::memory();
    let limiter = limiter(&node, "10/s, 20/h");
    assert!(take(&limiter, 10).await);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(take(&limiter, 10).await);
    // Both deny, and the second for longer.
    let denied = limiter.check("ada").await.unwrap();
    let error = denied.into_result().unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("20/1h"), "{cause}");
    let remembered = limiter.check("ada").await.unwrap();
    assert_eq!(remembered.source(), DecisionSource::Local);
    assert_eq!(remembered.tightest().limit.to_string(), "20/1h");

    tokio::time::sleep(Duration::from_millis(200)).await;
    let raised = changed(&limiter, "10/s, 2000/h");
    let denial = raised.check_cost("ada", 8).await.unwrap();
    assert_eq!(denial.source(), DecisionSource::Server);
    assert_eq!(denial.retry_after(), Some(Duration::from_millis(600)));
    assert!(raised.check("ada").await.unwrap().is_allowed());
}
