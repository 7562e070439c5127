//! What happens at limits while the server is away, as declared.

use std::time::Duration;

use larder::{DecisionSource, ErrorKind, Larder, Limiter, MemoryServer, RateOnError};

use crate::support::still::Still;

/// A node whose server has gone.
fn cut_off() -> (MemoryServer, Larder) {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    control.cut();
    (server, node)
}

#[tokio::test(start_paused = true)]
async fn unless_said_a_call_fails() {
    let (_server, node) = cut_off();
    let limiter = node.limiter("away").limits("5/s").unwrap();
    let error = limiter.check("ada").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert_eq!(node.rate_stats("away").degraded, 1);
}

#[tokio::test(start_paused = true)]
async fn allow_lets_pass_and_says_so() {
    let (_server, node) = cut_off();
    let limiter = node.limiter("away").on_error(RateOnError::Allow);
    let limiter = limiter.limits("1/d").unwrap();
    for _ in 0..3 {
        let decision = limiter.check("ada").await.unwrap();
        assert!(decision.is_allowed());
        assert_eq!(decision.source(), DecisionSource::Degraded);
    }
    assert_eq!(node.rate_stats("away").degraded, 3);
}

#[tokio::test(start_paused = true)]
async fn local_keeps_the_limit_in_this_process() {
    let (_server, node) = cut_off();
    let limiter = node.limiter("away").on_error(RateOnError::Local);
    let limiter = limiter.limits("2/s").unwrap();
    let mut passed = 0;
    for _ in 0..5 {
        passed += u64::from(limiter.check("ada").await.unwrap().is_allowed());
    }
    assert_eq!(passed, 2);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(limiter.check("ada").await.unwrap().is_allowed());
}

#[tokio::test(start_paused = true)]
async fn a_black_hole_costs_the_call_budget() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    control.black_hole();
    let limiter = node.limiter("away").limits("5/s").unwrap();
    let start = tokio::time::Instant::now();
    let error = limiter.check("ada").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(start.elapsed() <= Duration::from_millis(50));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_batch_waits_no_longer_than_the_call_budget() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    control.black_hole();
    let limiter = node.limiter("away").batch(20).limits("50/s").unwrap();
    let start = tokio::time::Instant::now();
    let calls = (0..50).map(|_| {
        let limiter = limiter.clone();
        tokio::spawn(async move { limiter.check("ada").await.unwrap_err().kind() })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap(), ErrorKind::Timeout);
    }
    assert!(start.elapsed() <= Duration::from_millis(50));
}

/// A process that is dropped while it borrows leaves its place to another.
#[tokio::test(start_paused = true)]
async fn a_borrower_that_is_dropped_makes_way() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    control.delay_replies(Duration::from_millis(10));
    let limiter = node.limiter("away").batch(20).limits("1000/d").unwrap();
    let first = {
        let limiter = limiter.clone();
        tokio::spawn(async move { limiter.check("ada").await })
    };
    tokio::time::sleep(Duration::from_millis(1)).await;
    first.abort();
    let second = limiter.check("ada").await.unwrap();
    assert_eq!(second.source(), DecisionSource::Server);
    let third = limiter.check("ada").await.unwrap();
    assert_eq!(third.source(), DecisionSource::Local);
}

/// A runtime may stand still, and with it whoever borrows there.
#[tokio::test(start_paused = true)]
async fn a_borrower_that_stands_still_holds_up_nobody_of_another_runtime() {
    let (server, still) = (MemoryServer::new(), Still::new());
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    control.delay_replies(Duration::from_millis(10));
    let limiter = node.limiter("away").batch(20).limits("1000/d").unwrap();
    let theirs = limiter.clone();
    still.begin_once(async move { theirs.check("ada").await });
    let first = limiter.check("ada").await.unwrap();
    assert_eq!(first.source(), DecisionSource::Server);
    let second = limiter.check("ada").await.unwrap();
    assert_eq!(second.source(), DecisionSource::Local);
}

#[tokio::test(start_paused = true)]
async fn who_waits_gets_his_turn_or_hears_that_it_takes_too_long() {
    let node = Larder::memory();
    let limiter = node.limiter("waits").limits("1/s").unwrap();
    let start = tokio::time::Instant::now();
    let patience = Duration::from_secs(5);
    for _ in 0..3 {
        limiter.acquire("ada", 1, patience).await.unwrap();
    }
    assert!(start.elapsed() >= Duration::from_secs(2));
    assert!(start.elapsed() < Duration::from_millis(2100));
    let error = limiter.acquire("ada", 1, Duration::from_millis(10)).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::RateLimited);
}

#[tokio::test(start_paused = true)]
async fn a_reset_by_another_process_is_heard_within_a_second() {
    let server = MemoryServer::new();
    let [one, other] = [0; 2].map(|_| Larder::builder().on_memory(&server));
    let [one, other] = [one, other].map(|node| node.limiter("reset").limits("1/d").unwrap());
    assert!(one.check("ada").await.unwrap().is_allowed());
    assert!(!one.check("ada").await.unwrap().is_allowed());
    other.reset("ada").await.unwrap();
    assert!(!one.check("ada").await.unwrap().is_allowed(), "remembered");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(one.check("ada").await.unwrap().is_allowed());
}

/// As the server does: what was consumed is found by the period, and is as many units.
#[tokio::test(start_paused = true)]
async fn limits_that_are_changed_while_the_server_is_away_keep_what_was_consumed() {
    let (_server, node) = cut_off();
    let limiter = node.limiter("away").on_error(RateOnError::Local);
    let limiter = limiter.limits("5/s, 20/h").unwrap();
    let decision = limiter.check_cost("ada", 5).await.unwrap();
    assert!(decision.is_allowed());
    let changed = |limits: &str| {
        let limits: Vec<_> = limits.split(", ").map(|it| it.parse().unwrap()).collect();
        limiter.with_limits(&limits).unwrap()
    };
    let left = async |limiter: &Limiter| -> Vec<u64> {
        let decision = limiter.check_cost("ada", 0).await.unwrap();
        decision.limits().map(|state| state.remaining).collect()
    };
    assert_eq!(left(&changed("20/h")).await, [15]);
    assert_eq!(left(&changed("2000/h")).await, [1995]);
    assert_eq!(left(&changed("5/s, 10/m, 20/h")).await, [0, 10, 15]);
}

/// A server without any room left takes no counts, until something on it has ended.
#[tokio::test(start_paused = true)]
async fn a_full_server_is_as_good_as_none() {
    let server = MemoryServer::builder().max_memory(10_000).build();
    let node = Larder::builder().on_memory(&server);
    let ballast = node.store::<String>("ballast").durable().unwrap();
    ballast.set("all", &"x".repeat(20_000)).await.unwrap();

    let limiter = node.limiter("full").limits("1/d").unwrap();
    let error = limiter.check("ada").await.unwrap_err();
    assert!(error.is_temporary(), "{error}");
    let limiter = node.limiter("full").on_error(RateOnError::Allow);
    let decision = limiter.limits("1/d").unwrap().check("ada").await.unwrap();
    assert_eq!(decision.source(), DecisionSource::Degraded);

    ballast.delete("all").await.unwrap();
    let limiter = node.limiter("full").limits("1/d").unwrap();
    let decision = limiter.check("ada").await.unwrap();
    assert_eq!(decision.source(), DecisionSource::Server);
}

/// A node whose server has room for nothing more, and nothing to evict.
async fn full() -> Larder {
    let server = MemoryServer::builder().max_memory(20_000).build();
    let node = Larder::builder().on_memory(&server);
    let rest = node.store::<String>("rest").durable().unwrap();
    let mut stored = 0;
    while rest.set(&stored, &"x".repeat(1_000)).await.is_ok() {
        stored += 1;
    }
    node
}

/// It has answered: asking again within the same call would only make it take longer.
#[tokio::test(start_paused = true)]
async fn a_full_server_costs_a_call_no_time() {
    let node = full().await;
    let before = tokio::time::Instant::now();
    let limiter = node.limiter("full").limits("5/s").unwrap();
    assert!(limiter.check("ada").await.is_err());
    let rest = node.store::<String>("rest").durable().unwrap();
    assert!(rest.set("one more", &String::new()).await.is_err());
    assert_eq!(before.elapsed(), Duration::ZERO);
}
