//! What the log says of an outage: each change once, and no secret ever.

use std::time::Duration;

use larder::{HealthStatus, Larder, MemoryServer, RateOnError, cached};
use larder_runtime::backend::Push;
use larder_runtime::backend::redis::RedisBackend;
use larder_runtime::clock::Clock;

use crate::log::{lines, log, start_log};
use crate::rig::{Ears, connect, endpoint, get, settings};
use crate::support::server::RedisServer;

#[cached(namespace = "logged", ttl = "1m")]
async fn number(id: u64) -> u64 {
    id
}

/// The connection says that it is lost, and the first call that it cannot ask: however many calls
/// there are, and in however many caches.
#[tokio::test]
async fn an_outage_is_two_warnings_and_its_end_two_lines_however_many_call() {
    let mut server = RedisServer::start();
    start_log();
    let node = Larder::builder()
        .url(server.url())
        .call_budget(Duration::from_secs(10))
        .build()
        .await
        .unwrap();
    node.scope(number(0)).await;

    server.kill();
    for id in 0..50 {
        node.scope(number(id)).await;
    }
    // A call knows that the connection is lost as soon as it is; what the kernel took before that
    // was answered by nobody.
    while node.health().await.status != HealthStatus::Down {
        tokio::task::yield_now().await;
    }
    for id in 0..50 {
        node.scope(number(id)).await;
    }
    assert!(node.scope(number::peek(7)).await.is_err());
    server.restart();
    while node.health().await.status != HealthStatus::Up {
        tokio::task::yield_now().await;
    }
    for id in 0..50 {
        node.scope(number(id)).await;
    }

    let lines = lines(&[" WARN ", " INFO ", " ERROR "]);
    let count = |of: &str| lines.iter().filter(|line| line.contains(of)).count();
    for once in [
        "lost the connection to Redis",
        "the backend cannot be asked",
        "connected to Redis",
        "the backend answers again",
    ] {
        assert_eq!(count(once), 1, "{once}: {lines:#?}");
    }
    assert_eq!(count(" WARN "), 2, "{lines:#?}");
    assert_eq!(count(" INFO "), 2, "{lines:#?}");
    assert_eq!(lines.len(), 4, "{lines:#?}");
}

/// Whoever limits calls and caches nothing finds in the log what an outage does to the limits.
#[tokio::test]
async fn an_outage_that_a_limiter_finds_is_told_as_one() {
    let mut server = RedisServer::start();
    start_log();
    let node = Larder::builder().url(server.url()).build().await.unwrap();
    server.kill();
    let limiter = node.limiter("logged").on_error(RateOnError::Allow);
    limiter.limits("1/s").unwrap().check("ada").await.unwrap();

    let warnings = lines(&[" WARN "]);
    let of_limits: Vec<_> = warnings
        .iter()
        .filter(|it| it.contains("rate limits"))
        .collect();
    assert_eq!(of_limits.len(), 1, "{warnings:#?}");
}

#[cached(namespace = "logged.kept", ttl = "never")]
async fn kept(id: u64) -> u64 {
    id
}

/// It goes on to answer what it has: neither is each hit the end of it, nor each miss a new one.
#[tokio::test]
async fn a_server_that_is_full_is_warned_of_once_however_many_call() {
    start_log();
    let server = MemoryServer::builder().max_memory(20_000).build();
    let node = Larder::builder().on_memory(&server);
    node.scope(kept(0)).await;
    let rest = node.store::<String>("rest").durable().unwrap();
    let mut stored = 0;
    while rest.set(&stored, &"x".repeat(1_000)).await.is_ok() {
        stored += 1;
    }
    for id in 1..20 {
        node.scope(kept(id)).await;
        node.scope(kept(0)).await;
    }
    assert_eq!(node.stats("logged.kept").hits, 19);
    let health = node.health().await;
    assert_eq!(health.status, HealthStatus::Degraded);
    assert!(health.degraded[0].contains("writes"), "{health:?}");
    assert_eq!(health.outages, 1);

    rest.clear().await.unwrap();
    node.scope(kept(20)).await;
    assert_eq!(node.health().await.status, HealthStatus::Up);
    let lines = lines(&[" WARN ", " INFO ", " ERROR "]);
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].contains("refuses writes"), "{lines:#?}");
    assert!(lines[1].contains("takes writes again"), "{lines:#?}");
}

/// What is still waiting when a Larder is closed is said.
#[tokio::test]
async fn an_invalidation_that_is_given_up_is_said() {
    let mut server = RedisServer::start();
    start_log();
    let node = Larder::builder()
        .url(server.url())
        .command_timeout(Duration::from_millis(100))
        .build()
        .await
        .unwrap();
    server.kill();
    let error = node.scope(number::invalidate(7)).await.unwrap_err();
    assert!(error.is_queued(), "{error}");
    node.close().await;

    let warnings = lines(&[" WARN "]);
    let left = "invalidations that waited for the server were not done in time";
    let said: Vec<_> = warnings.iter().filter(|it| it.contains(left)).collect();
    assert_eq!(said.len(), 1, "{warnings:#?}");
    assert!(said[0].contains("left=1"), "{said:?}");
}

#[tokio::test]
async fn an_outage_is_one_warning_of_the_connection_and_its_end_one_line() {
    let mut server = RedisServer::start();
    start_log();
    let backend = connect(&server.url()).await;
    let mut ears = Ears::on(&backend);

    server.kill();
    ears.wait_for(&Push::Disconnected).await;
    let before = backend.dials();
    while backend.dials() < before + 5 {
        assert!(get(&backend, "key").await.is_err());
        tokio::task::yield_now().await;
    }
    server.restart();
    ears.wait_for(&Push::Connected).await;
    tokio::task::yield_now().await;

    let lines = lines(&[" WARN ", " INFO "]);
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].contains(" WARN "), "{lines:#?}");
    assert!(lines[0].contains("lost the connection"), "{lines:#?}");
    assert!(lines[0].contains("the connection was closed"), "{lines:#?}");
    assert!(lines[1].contains(" INFO "), "{lines:#?}");
    assert!(lines[1].contains("connected to Redis"), "{lines:#?}");
    assert!(lines[1].contains("after"), "{lines:#?}");
}

#[tokio::test]
async fn a_server_that_refuses_us_is_warned_of_once_without_the_password() {
    let server = RedisServer::builder().acl_user("h4ndle", "right").start();
    start_log();
    let url = format!("redis://h4ndle:hunter2@{}", server.address());
    let backend = RedisBackend::lazy(&endpoint(&url), &settings(), &Clock::machine()).unwrap();
    while backend.dials() < 5 {
        let error = get(&backend, "key").await.unwrap_err();
        let shown = format!("{error} {error:?} {backend:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(!shown.contains("h4ndle"), "{shown}");
        tokio::task::yield_now().await;
    }
    let warnings = lines(&[" WARN ", " ERROR "]);
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(log().contains("WRONGPASS"), "{}", log());
    assert!(!log().contains("hunter2"), "{}", log());
    assert!(!log().contains("h4ndle"), "{}", log());
}

/// Such a server repeats the beginning of what it was sent, and so the password.
#[tokio::test]
async fn a_server_that_does_not_know_hello_is_told_of_without_the_password() {
    let server = RedisServer::builder()
        .password("hunter2")
        .config("rename-command", "HELLO \"\"")
        .start();
    // Later servers say nothing of commands to those who have not logged in.
    let reason = if server.is_redis_7_0() {
        "HELLO"
    } else {
        "because: "
    };
    start_log();
    let larder = Larder::builder().url(server.url()).lazy(true);
    let larder = larder.build().await.unwrap();
    let degraded = loop {
        let health = larder.health().await;
        assert_eq!(health.status, HealthStatus::Down);
        let degraded = health.degraded.join("; ");
        if degraded.contains(reason) {
            break degraded;
        }
        tokio::task::yield_now().await;
    };
    assert!(!degraded.contains("hunter2"), "{degraded}");
    let names = larder.store::<String>("names").durable().unwrap();
    let error = names.get("anna").await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(shown.contains(reason), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
    if server.is_redis_7_0() {
        assert!(log().contains("HELLO"), "{}", log());
    }
    assert!(!log().contains("hunter2"), "{}", log());
}
