//! Invariant 3: with the server away a call costs at most its budget above its body, and caching
//! comes back by itself.
//!
//! What it costs is measured in virtual time on the embedded server, where it is exact; on Redis
//! the cases show that calls are answered, and that it heals. (The benches measure real time.)

use std::sync::Arc;
use std::time::Duration;

use larder::{Error, ErrorKind, HealthStatus, Larder, MemoryServer, cached};
use larder_runtime::backend::memory::LinkControl;
use tokio::time::Instant;

use crate::fleet::{PATIENCE, start};
use crate::source::Source;
use crate::support::proxy::Proxy;
use crate::support::runtimes::alive_tasks;
use crate::support::server::RedisServer;

const BUDGET: Duration = Duration::from_millis(50);
/// When a call gives up, so that with a late timer it still keeps within its budget.
const GIVES_UP: Duration = Duration::from_millis(45);
const BODY: Duration = Duration::from_millis(20);
const MILLI: Duration = Duration::from_millis(1);
/// What the source says instead of a value.
const REFUSED: u64 = u64::MAX;

#[cached(namespace = "outage", ttl = "1m", skip(source))]
async fn read(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

#[cached(namespace = "outage.slow", ttl = "1m")]
async fn slow(id: u64) -> u64 {
    tokio::time::sleep(BODY).await;
    id
}

#[cached(namespace = "outage.fail", ttl = "1m", on_error = "fail", skip(source))]
async fn fail(_id: u64, source: Arc<Source>) -> Result<u64, Error> {
    match source.load().await {
        REFUSED => Err(Error::new(ErrorKind::Server, "load", "refused")),
        value => Ok(value),
    }
}

#[cached(namespace = "outage.budget", ttl = "1m", budget = "5ms")]
async fn frugal(id: u64) -> u64 {
    id
}

#[cached(namespace = "outage.waits", ttl = "1m", budget = "5ms", skip(source))]
async fn hurried(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

#[cached(namespace = "outage.waits", ttl = "1m", budget = "400ms", skip(source))]
async fn patient(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

fn faulty_node() -> (MemoryServer, LinkControl, Larder) {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    (server, control, node)
}

#[tokio::test(start_paused = true)]
async fn a_black_hole_costs_the_budget_once_a_call() {
    let (_server, control, node) = faulty_node();
    node.scope(slow(1)).await;
    control.black_hole();
    for id in [1, 2] {
        let start = Instant::now();
        assert_eq!(node.scope(slow(id)).await, id);
        assert_eq!(
            start.elapsed(),
            BODY + GIVES_UP,
            "a key that was warm, and one that was not"
        );
    }
    let start = Instant::now();
    node.scope(frugal(1)).await;
    assert_eq!(
        start.elapsed(),
        Duration::from_millis(5),
        "a budget of its own"
    );
    assert_eq!(node.stats("outage.slow").degraded, 2);
    control.heal();
    node.scope(slow(2)).await;
    node.scope(slow(2)).await;
    assert_eq!(node.stats("outage.slow").hits, 1);
}

#[tokio::test(start_paused = true)]
async fn a_hole_that_opens_during_the_load_costs_the_budget_too() {
    let (_server, control, node) = faulty_node();
    let source = Source::held(1);
    let call = start(&node, read(1, Arc::clone(&source)));
    source.load_begins().await;
    control.black_hole();
    let began = Instant::now();
    source.release();
    assert_eq!(call.await.unwrap(), 1);
    assert_eq!(began.elapsed(), GIVES_UP);
    assert_eq!(node.stats("outage").fill_failed, 1);
}

#[tokio::test(start_paused = true)]
async fn a_cut_link_costs_nothing() {
    let (_server, control, node) = faulty_node();
    control.cut();
    let start = Instant::now();
    node.scope(slow(1)).await;
    assert_eq!(start.elapsed(), BODY);
    assert_eq!(node.health().await.status, HealthStatus::Down);
}

#[tokio::test(start_paused = true)]
async fn a_slow_server_costs_the_budget() {
    let (_server, control, node) = faulty_node();
    // Once, so that the server knows the scripts.
    node.scope(slow(0)).await;
    control.delay_replies(Duration::from_millis(40));
    let start = Instant::now();
    node.scope(slow(1)).await;
    // The lease takes forty of the fifty milliseconds, so the fill has ten, and gives up a tenth of
    // them early.
    let fill = Duration::from_millis(9);
    assert_eq!(start.elapsed(), Duration::from_millis(40) + BODY + fill);
    assert_eq!(node.stats("outage.slow").fill_failed, 1);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_another_node_when_the_hole_opens_waits_no_longer_than_the_budget() {
    let (server, control, node) = faulty_node();
    let other = Larder::builder().on_memory(&server);
    let held = Source::held(1);
    let loading = start(&other, read(1, Arc::clone(&held)));
    held.load_begins().await;
    let waiting = start(&node, read(1, Source::open(2)));
    tokio::time::sleep(Duration::from_millis(123)).await;

    control.black_hole();
    let began = Instant::now();
    assert_eq!(waiting.await.unwrap(), 2);
    assert!(began.elapsed() <= BUDGET, "{:?}", began.elapsed());
    held.release();
    loading.await.unwrap();
}

/// Others who wait in the same process have more time, and keep it.
#[tokio::test(start_paused = true)]
async fn who_waits_keeps_to_the_budget_of_its_own_function() {
    // Whatever was asked just before the hole opens.
    for waited in 100..150 {
        let (server, control, node) = faulty_node();
        let other = Larder::builder().on_memory(&server);
        let held = Source::held(1);
        for id in [1, 2] {
            start(&other, patient(id, Arc::clone(&held)));
            held.load_begins().await;
        }
        let mut at_leisure = start(&node, patient(1, Source::open(2)));
        tokio::time::sleep(Duration::from_millis(50)).await;
        let in_a_hurry = start(&node, hurried(2, Source::open(2)));
        tokio::time::sleep(Duration::from_millis(waited)).await;

        control.black_hole();
        let began = Instant::now();
        assert_eq!(in_a_hurry.await.unwrap(), 2);
        let took = began.elapsed();
        assert!(took <= Duration::from_millis(6), "{waited}: {took:?}");
        let longer = Duration::from_millis(250);
        let told = tokio::time::timeout(longer, &mut at_leisure).await;
        assert!(told.is_err(), "{waited}: it has more time");
        assert_eq!(at_leisure.await.unwrap(), 2);
        let took = began.elapsed();
        assert!(took <= Duration::from_millis(400), "{waited}: {took:?}");
        held.release();
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_far_away_costs_no_second_load() {
    let server = MemoryServer::new();
    let source = Source::held(1);
    let mut calls = Vec::new();
    for _ in 0..4 {
        let link = server.connect();
        // More than half of a Larder's budget, and far less than the function's.
        link.control().delay_replies(Duration::from_millis(40));
        let node = Larder::builder().on_memory_link(link);
        calls.push((start(&node, patient(1, Arc::clone(&source))), node));
    }
    source.load_begins().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    source.release();
    for (call, node) in calls {
        assert_eq!(call.await.unwrap(), 1);
        assert_eq!(node.stats("outage.waits").degraded, 0);
    }
    assert_eq!(source.loads(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stall_of_two_thirds_of_the_budget_sends_nobody_off() {
    let (server, control, node) = faulty_node();
    let other = Larder::builder().on_memory(&server);
    let held = Source::held(1);
    start(&other, read(1, Arc::clone(&held)));
    held.load_begins().await;
    let source = Source::open(2);
    let waiting = start(&node, read(1, Arc::clone(&source)));
    for stalled in 0..=33 {
        tokio::time::sleep(Duration::from_millis(70 + stalled)).await;
        control.delay_replies(Duration::from_millis(stalled));
        tokio::time::sleep(Duration::from_millis(stalled)).await;
        control.delay_replies(Duration::ZERO);
    }
    held.release();
    assert_eq!(waiting.await.unwrap(), 1);
    assert_eq!(source.loads(), 0);
}

/// A process that was stopped has asked nobody meanwhile.
#[tokio::test(start_paused = true)]
async fn a_clock_that_leaps_sends_nobody_off() {
    let (server, _, node) = faulty_node();
    let other = Larder::builder().on_memory(&server);
    let held = Source::held(1);
    start(&other, read(1, Arc::clone(&held)));
    held.load_begins().await;
    let source = Source::open(2);
    let waiting = start(&node, read(1, Arc::clone(&source)));
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(77)).await;
        tokio::time::advance(Duration::from_millis(500)).await;
    }
    held.release();
    assert_eq!(waiting.await.unwrap(), 1);
    assert_eq!(source.loads(), 0);
}

#[tokio::test(start_paused = true)]
async fn on_error_fail_returns_the_error_and_does_not_run_the_body() {
    let (_server, control, node) = faulty_node();
    control.cut();
    let source = Source::open(1);
    let call = || fail(1, Arc::clone(&source));
    let error = node.scope(call()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    let error = call().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotInstalled, "no Larder at all");
    control.heal();
    control.black_hole();
    let error = node.scope(call()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(source.loads(), 0, "the body did not run");
}

#[tokio::test(start_paused = true)]
async fn an_invalidation_is_sent_again_until_it_is_answered() {
    let (_server, control, node) = faulty_node();
    node.scope(slow(1)).await;
    control.cut();
    let invalidation = start(&node, slow::invalidate(1));
    tokio::time::sleep(Duration::from_millis(300)).await;
    control.heal();
    invalidation.await.unwrap().unwrap();
    assert_eq!(node.scope(slow::peek(1)).await.unwrap(), None);

    control.cut();
    let error = node.scope(slow::invalidate(1)).await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Unreachable,
        "after a second it is an error"
    );
}

#[tokio::test(start_paused = true)]
async fn a_fill_whose_reply_is_lost_is_not_sent_again() {
    let (_server, control, node) = faulty_node();
    // Once, so that the server knows the scripts: a load that fills, and one that gives its lease
    // back.
    node.scope(read(0, Source::open(0))).await;
    node.scope(fail(0, Source::open(0))).await.unwrap();
    let refused = node.scope(fail(1, Source::open(REFUSED))).await;
    refused.unwrap_err();

    let source = Source::held(1);
    let call = start(&node, read(1, Arc::clone(&source)));
    source.load_begins().await;
    let before = control.round_trips();
    // The fill runs, and the connection is lost while its reply is on the way. It is there again
    // long before the budget ends: whatever may be sent again is.
    control.delay_replies(MILLI);
    source.release();
    while control.round_trips().since(&before).total() == 0 {
        tokio::task::yield_now().await;
    }
    control.cut();
    control.heal();
    assert_eq!(call.await.unwrap(), 1);
    tokio::time::sleep(BUDGET).await;
    let sent = control.round_trips().since(&before);
    assert_eq!(
        sent.of("EVALSHA"),
        2,
        "the fill, and what gives a lease back"
    );
    // A second fill would have found that its mark is gone, and been taken for a voided one.
    let stats = node.stats("outage");
    assert_eq!((stats.fill_failed, stats.voided), (1, 0), "{stats:?}");
    assert_eq!(node.scope(read::peek(1)).await.unwrap(), Some(1), "it ran");
}

async fn node_at(url: &str) -> Larder {
    node_with(url, PATIENCE).await
}

async fn node_with(url: &str, budget: Duration) -> Larder {
    let builder = Larder::builder().url(url).app("app").call_budget(budget);
    builder.build().await.expect("a running server")
}

/// Calls until a value is read from the cache again: nothing but the server's return can make that
/// happen.
async fn caches_again(node: &Larder) {
    let hits = node.stats("outage").hits;
    for id in 100.. {
        for _ in 0..2 {
            node.scope(read(id, Source::open(1))).await;
        }
        if node.stats("outage").hits > hits {
            return;
        }
        assert!(id < 2_000, "it did not heal in ten seconds");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_is_survived_and_its_return_noticed() {
    let mut server = RedisServer::start();
    let node = node_at(&server.url()).await;
    node.scope(read(1, Source::open(1))).await;
    server.kill();
    for id in [1, 2, 3] {
        assert_eq!(node.scope(read(id, Source::open(9))).await, 9);
    }
    assert_eq!(node.stats("outage").degraded, 3);
    assert_eq!(node.health().await.status, HealthStatus::Down);
    server.restart();
    caches_again(&node).await;
    assert_eq!(node.health().await.status, HealthStatus::Up);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_restarted_during_a_load_is_survived() {
    let mut server = RedisServer::start();
    let node = node_at(&server.url()).await;
    let source = Source::held(1);
    let loading = start(&node, read(1, Arc::clone(&source)));
    source.load_begins().await;
    server.restart();
    source.release();
    assert_eq!(loading.await.unwrap(), 1);
    caches_again(&node).await;
    assert_eq!(
        node.scope(read::peek(1)).await.unwrap(),
        None,
        "the lease went with the server"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_when_the_server_dies_loads_for_itself() {
    let mut server = RedisServer::start();
    let (node, other) = (node_at(&server.url()).await, node_at(&server.url()).await);
    let held = Source::held(1);
    let loading = start(&other, read(1, Arc::clone(&held)));
    held.load_begins().await;
    let waiting = start(&node, read(1, Source::open(2)));
    server.kill();
    assert_eq!(waiting.await.unwrap(), 2);
    held.release();
    assert_eq!(loading.await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_stops_forwarding_is_survived() {
    let server = RedisServer::start();
    let proxy = Proxy::start(server.address()).await;
    let node = node_with(&proxy.url(), BUDGET).await;
    node.scope(read(1, Source::open(1))).await;
    proxy.stall();
    for id in [1, 2, 3, 4] {
        assert_eq!(node.scope(read(id, Source::open(9))).await, 9);
    }
    proxy.forward();
    caches_again(&node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_connections_are_made_again() {
    let server = RedisServer::start();
    let node = node_at(&server.url()).await;
    for _ in 0..3 {
        server.command(&["CLIENT", "KILL", "TYPE", "normal"]);
        caches_again(&node).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn flushed_scripts_are_taught_again_in_the_middle_of_a_load() {
    let server = RedisServer::start();
    let node = node_at(&server.url()).await;
    let source = Source::held(1);
    let loading = start(&node, read(1, Arc::clone(&source)));
    source.load_begins().await;
    server.command(&["SCRIPT", "FLUSH"]);
    source.release();
    assert_eq!(loading.await.unwrap(), 1);
    assert_eq!(node.scope(read::peek(1)).await.unwrap(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lazy_larder_starts_without_a_server() {
    let mut server = RedisServer::start();
    let url = server.url();
    server.kill();
    let error = Larder::builder().url(&url).build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);

    let node = Larder::builder()
        .url(&url)
        .app("app")
        .lazy(true)
        .build()
        .await
        .unwrap();
    assert_eq!(node.scope(read(1, Source::open(1))).await, 1);
    server.restart();
    caches_again(&node).await;
}

/// What was never sent need not be given back, however many ask.
#[tokio::test(start_paused = true)]
async fn who_asks_in_vain_leaves_nothing_behind() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    node.scope(slow(0)).await;
    control.cut();
    let before = alive_tasks();
    for id in 1..10 {
        node.scope(slow(id)).await;
    }
    assert!(alive_tasks() <= before);
}
