//! Invariant 2: one load for a missing key, in a process and in the fleet.

use std::sync::Arc;
use std::time::Duration;

use larder::{CacheSpec, Larder, MemoryServer, Ttl, cached};

use crate::fleet::{Fleet, start};
use crate::source::Source;

#[cached(namespace = "flight", ttl = "1m", skip(source))]
async fn read(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

#[derive(Debug, Clone, PartialEq)]
struct Failed(u64);

#[cached(namespace = "failing", ttl = "1m", skip(source))]
async fn fail(_id: u64, source: Arc<Source>) -> Result<u64, Failed> {
    Err(Failed(source.load().await))
}

#[derive(Debug)]
struct Unclonable;

/// The first load fails, the others do not.
#[cached(namespace = "unclonable", ttl = "1m", skip(source))]
async fn fail_once(_id: u64, source: Arc<Source>) -> Result<u64, Unclonable> {
    let first = source.loads() == 0;
    let value = source.load().await;
    if first { Err(Unclonable) } else { Ok(value) }
}

#[cached(namespace = "impatient", ttl = "1m", wait = "100ms", skip(source))]
async fn impatient(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

on_each_backend!(
    callers_of_one_node_load_once,
    callers_of_many_nodes_load_once,
    different_keys_do_not_wait_for_each_other,
    an_error_that_can_be_cloned_is_given_to_all,
    an_error_that_cannot_be_cloned_lets_the_next_one_try,
    a_failed_load_gives_its_lease_back,
    who_has_waited_enough_loads_alone_and_stores_nothing,
);

async fn callers_of_one_node_load_once(fleet: Fleet) {
    let callers = if matches!(fleet, Fleet::Memory(_)) {
        10_000
    } else {
        1_000
    };
    let node = fleet.node().await;
    let source = Source::held(3);
    let calls: Vec<_> = (0..callers)
        .map(|_| start(&node, read(7, Arc::clone(&source))))
        .collect();
    source.load_begins().await;
    source.release();
    for call in calls {
        assert_eq!(call.await.unwrap(), 3);
    }
    assert_eq!(source.loads(), 1);
    let stats = node.stats("flight");
    assert_eq!((stats.loads, stats.stored), (1, 1));
    assert_eq!(stats.hits + stats.shared, callers - 1);
}

async fn callers_of_many_nodes_load_once(fleet: Fleet) {
    let source = Source::held(3);
    let mut calls = Vec::new();
    for _ in 0..5 {
        let node = fleet.node().await;
        calls.extend((0..50).map(|_| start(&node, read(7, Arc::clone(&source)))));
    }
    source.load_begins().await;
    source.release();
    for call in calls {
        assert_eq!(call.await.unwrap(), 3);
    }
    assert_eq!(source.loads(), 1);
}

async fn different_keys_do_not_wait_for_each_other(fleet: Fleet) {
    let node = fleet.node().await;
    let (slow, quick) = (Source::held(1), Source::open(2));
    let waiting = start(&node, read(1, Arc::clone(&slow)));
    slow.load_begins().await;
    assert_eq!(node.scope(read(2, quick)).await, 2);
    slow.release();
    assert_eq!(waiting.await.unwrap(), 1);
}

async fn an_error_that_can_be_cloned_is_given_to_all(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::held(9);
    // Those who come before the load has begun join it without looking.
    let calls: Vec<_> = (0..20)
        .map(|_| start(&node, fail(7, Arc::clone(&source))))
        .collect();
    source.load_begins().await;
    // One more, which has to look on the server before it joins.
    let late = start(&node, fail(7, Arc::clone(&source)));
    fleet.stranger().await.get("anything").await;
    source.release();
    for call in calls.into_iter().chain([late]) {
        assert_eq!(call.await.unwrap(), Err(Failed(9)));
    }
    let stats = node.stats("failing");
    assert_eq!(stats.loads, source.loads());
    assert_eq!(stats.loads + stats.shared, 21, "{stats:?}");
}

async fn an_error_that_cannot_be_cloned_lets_the_next_one_try(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::held(9);
    let first = start(&node, fail_once(7, Arc::clone(&source)));
    source.load_begins().await;
    let second = start(&node, fail_once(7, Arc::clone(&source)));
    source.release();
    assert!(first.await.unwrap().is_err());
    assert_eq!(second.await.unwrap().unwrap(), 9);
    assert_eq!(source.loads(), 2);
    assert_eq!(node.scope(fail_once::peek(7)).await.unwrap(), Some(9));
}

async fn a_failed_load_gives_its_lease_back(fleet: Fleet) {
    let node = fleet.node().await;
    assert_eq!(node.scope(fail(7, Source::open(1))).await, Err(Failed(1)));
    let key = node.scope(async { fail::key(7) }).await.unwrap();
    assert_eq!(fleet.stranger().await.get(&key).await, None);
}

async fn who_has_waited_enough_loads_alone_and_stores_nothing(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let (slow, quick) = (Source::held(1), Source::open(2));
    let loading = start(&here, impatient(7, Arc::clone(&slow)));
    slow.load_begins().await;

    let elsewhere = start(&there, impatient(7, Arc::clone(&quick)));
    let beside = start(&here, impatient(7, Arc::clone(&quick)));
    assert_eq!(elsewhere.await.unwrap(), 2);
    assert_eq!(beside.await.unwrap(), 2);
    let stored = here.scope(impatient::peek(7)).await.unwrap();
    assert_eq!(stored, None, "they have not stored anything");

    slow.release();
    assert_eq!(loading.await.unwrap(), 1);
    let stored = here.scope(impatient::peek(7)).await.unwrap();
    assert_eq!(stored, Some(1), "the load they did not wait for has");
}

/// Nobody waits when the load ends, so nothing is encoded for sharing; then somebody joins while
/// the fill is on its way.
#[tokio::test(start_paused = true)]
async fn who_joins_while_the_value_is_being_filled_reads_it() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let source = Source::held(3);
    let leader = start(&node, read(7, Arc::clone(&source)));
    source.load_begins().await;

    control.delay_replies(Duration::from_millis(20));
    // It has asked and will be told of the lease, but only after the load has ended.
    let joins = start(&node, read(7, Arc::clone(&source)));
    tokio::time::sleep(Duration::from_millis(5)).await;
    source.release();
    assert_eq!(leader.await.unwrap(), 3);
    assert_eq!(joins.await.unwrap(), 3);
    assert_eq!(source.loads(), 1);
}

/// A build that cannot read what another has stored does not give up its wait for the load that
/// replaces it: the time for which it waits is not the backend's.
#[tokio::test(start_paused = true)]
async fn who_met_a_value_that_it_cannot_read_waits_for_another_nodes_load() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let (here, there) = (
        Larder::builder().on_memory_link(link),
        Larder::builder().on_memory(&server),
    );
    here.scope(read::put(7, &0)).await.unwrap();
    let key = here.scope(async { read::key(7) }).await.unwrap();
    Fleet::Memory(server)
        .stranger()
        .await
        .set(&key, b"of another build")
        .await;

    let source = Source::held(1);
    control.delay_replies(Duration::from_millis(2));
    let waiting: Vec<_> = (0..10)
        .map(|_| start(&here, read(7, Arc::clone(&source))))
        .collect();
    tokio::time::sleep(Duration::from_millis(1)).await;
    let loading = start(&there, read(7, Arc::clone(&source)));
    tokio::time::sleep(Duration::from_millis(200)).await;
    source.release();
    assert_eq!(loading.await.unwrap(), 1);
    for caller in waiting {
        assert_eq!(caller.await.unwrap(), 1);
    }
    assert_eq!((source.loads(), here.stats("flight").degraded), (1, 0));
}

/// Whoever calls its own key within its load waits for itself, and two loads that call each other's
/// keys wait for each other: for as long as any other caller would.
#[tokio::test(start_paused = true)]
async fn who_calls_its_own_key_within_its_load_waits_for_itself() {
    const SPEC: CacheSpec =
        CacheSpec::new("own", Ttl::after(Duration::from_mins(1))).wait(Duration::from_secs(3));
    let cache = Larder::memory().cache::<u64>(SPEC);
    let entry = |id: u64| cache.entry(|key| key.arg(&id));
    let began = tokio::time::Instant::now();
    let load = async { entry(7).get_or_load(async { 1 }).await + 1 };
    assert_eq!(entry(7).get_or_load(load).await, 2);
    assert_eq!(began.elapsed().as_secs(), 3);
    assert_eq!(entry(7).peek().await.unwrap(), Some(2));

    let began = tokio::time::Instant::now();
    let load_of = async |id: u64| {
        tokio::time::sleep(Duration::from_secs(1)).await;
        entry(id).get_or_load(async { id }).await + 10
    };
    let (eight, nine) = (entry(8), entry(9));
    tokio::join!(eight.get_or_load(load_of(9)), nine.get_or_load(load_of(8)));
    assert_eq!(began.elapsed().as_secs(), 4);
}
