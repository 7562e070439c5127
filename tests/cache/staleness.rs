//! Values that are served when they are stale, and refreshed while they are read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use larder::{CacheSpec, Early, Entry, ErrorRules, Larder, Ttl, cached};

use crate::fleet::{Fleet, start};
use crate::source::Source;

#[cached(namespace = "swr", ttl = "50ms", stale = "1m", skip(source))]
async fn swr(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

/// A build that knows nothing of staleness, with the same entries.
#[cached(namespace = "swr", ttl = "50ms", skip(source))]
async fn plain(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

#[cached(namespace = "early", ttl = "1m", early = "99.9%", skip(source))]
async fn early(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

#[cached(
    namespace = "every",
    ttl = "never",
    refresh_every = "50ms",
    skip(source)
)]
async fn every(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

#[cached(
    namespace = "fails",
    ttl = "50ms",
    stale = "1m",
    err_ttl = "1m",
    cache_err = |error| *error == "no such user",
    skip(source)
)]
async fn fails(_id: u64, source: Arc<Fallible>) -> Result<u64, String> {
    source.load().await
}

#[cached(
    namespace = "throttled",
    ttl = "50ms",
    stale = "1h",
    on_error = "stale",
    throttle = "10m",
    skip(source)
)]
async fn throttled(_id: u64, source: Arc<Fallible>) -> Result<u64, String> {
    source.load().await
}

/// A source that fails for as long as it has a message.
struct Fallible {
    source: Arc<Source>,
    message: Option<&'static str>,
}

impl Fallible {
    fn new(source: Arc<Source>, message: Option<&'static str>) -> Arc<Self> {
        Arc::new(Self { source, message })
    }

    async fn load(&self) -> Result<u64, String> {
        let value = self.source.load().await;
        self.message
            .map_or(Ok(value), |message| Err(message.to_owned()))
    }
}

on_each_backend!(
    a_stale_value_is_served_while_one_caller_of_the_fleet_refreshes_it,
    an_entry_lives_for_its_ttl_and_its_grace,
    a_build_without_stale_misses_what_is_stale,
    whoever_invalidates_voids_the_refresh,
    whoever_puts_voids_the_refresh,
    an_explicit_refresh_takes_the_lease_over,
    a_caller_who_is_dropped_leaves_the_refresh_running,
    a_refresh_that_fails_is_tried_again,
    a_refresh_that_fails_is_not_tried_again_for_the_throttle,
    an_error_that_is_remembered_takes_the_place_of_the_value,
    a_value_that_is_not_to_be_stored_removes_the_old_one,
    a_fresh_value_is_refreshed_early,
    a_value_without_an_end_is_refreshed_by_its_age,
    plain_calls_refresh_within_and_behind,
    who_waits_for_a_refresh_that_fails_gets_the_old_value,
);

/// Waits until what has just been stored for 50 ms is stale, or to be refreshed.
async fn ripen() {
    tokio::time::sleep(Duration::from_millis(80)).await;
}

/// Waits until this holds.
async fn until(holds: impl AsyncFn() -> bool) {
    while !holds().await {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A node that has loaded 1, which is stale by now.
async fn stale(fleet: &Fleet) -> Larder {
    let node = fleet.node().await;
    assert_eq!(node.scope(swr(7, Source::open(1))).await, 1);
    ripen().await;
    node
}

async fn a_stale_value_is_served_while_one_caller_of_the_fleet_refreshes_it(fleet: Fleet) {
    let (here, there) = (stale(&fleet).await, fleet.node().await);
    let source = Source::held(2);
    let calls: Vec<_> = (0..40)
        .map(|call| start([&here, &there][call % 2], swr(7, Arc::clone(&source))))
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), 1, "nobody waits");
    }
    source.load_begins().await;
    for node in [&here, &there] {
        assert_eq!(node.scope(swr(7, Arc::clone(&source))).await, 1);
    }
    source.release();
    until(async || here.scope(swr::peek(7)).await.unwrap() == Some(2)).await;

    assert_eq!(source.loads(), 1);
    // It is counted when the refresh hears that it is stored, which others may see before.
    until(async || here.stats("swr").refreshed + there.stats("swr").refreshed == 1).await;
    let (here, there) = (here.stats("swr"), there.stats("swr"));
    assert_eq!(here.stale_hits + there.stale_hits, 42);
    assert_eq!(here.hits + there.hits, 0);
}

async fn an_entry_lives_for_its_ttl_and_its_grace(fleet: Fleet) {
    let node = stale(&fleet).await;
    for (key, left) in fleet.stranger().await.times_to_live().await {
        assert!(
            (59_000..60_000).contains(&left),
            "{key} lives for {left} ms"
        );
    }
    let source = Source::held(2);
    assert_eq!(node.scope(swr(7, Arc::clone(&source))).await, 1);
    source.load_begins().await;
    for (key, left) in fleet.stranger().await.times_to_live().await {
        assert!(
            (0..60_000).contains(&left),
            "the lease is no prolongation: {key}, {left} ms"
        );
    }
}

async fn a_build_without_stale_misses_what_is_stale(fleet: Fleet) {
    let node = stale(&fleet).await;
    assert_eq!(node.scope(plain(7, Source::open(2))).await, 2);
    let stats = node.stats("swr");
    assert_eq!((stats.expired, stats.loads), (1, 2));
}

/// A node whose refresh of 1 to 2 is under way.
async fn refreshing(fleet: &Fleet) -> (Larder, Arc<Source>) {
    let (node, source) = (stale(fleet).await, Source::held(2));
    assert_eq!(node.scope(swr(7, Arc::clone(&source))).await, 1);
    source.load_begins().await;
    (node, source)
}

async fn whoever_invalidates_voids_the_refresh(fleet: Fleet) {
    let (here, source) = refreshing(&fleet).await;
    let there = fleet.node().await;
    there.scope(swr::invalidate(7)).await.unwrap();
    source.release();
    until(async || here.stats("swr").voided == 1).await;
    assert_eq!(there.scope(swr::peek(7)).await.unwrap(), None);
    assert_eq!(
        there.scope(swr(7, Source::open(3))).await,
        3,
        "not even stale"
    );
}

async fn whoever_puts_voids_the_refresh(fleet: Fleet) {
    let (here, source) = refreshing(&fleet).await;
    let there = fleet.node().await;
    there.scope(swr::put(7, &5)).await.unwrap();
    source.release();
    until(async || here.stats("swr").voided == 1).await;
    assert_eq!(there.scope(swr::peek(7)).await.unwrap(), Some(5));
}

async fn an_explicit_refresh_takes_the_lease_over(fleet: Fleet) {
    let (here, source) = refreshing(&fleet).await;
    let there = fleet.node().await;
    assert_eq!(there.scope(swr::refresh(7, Source::open(4))).await, 4);
    source.release();
    until(async || here.stats("swr").voided == 1).await;
    assert_eq!(there.scope(swr::peek(7)).await.unwrap(), Some(4));
}

async fn a_caller_who_is_dropped_leaves_the_refresh_running(fleet: Fleet) {
    let (node, source) = refreshing(&fleet).await;
    let calling = start(&node, swr(7, Arc::clone(&source)));
    calling.abort();
    drop(calling);
    source.release();
    until(async || node.scope(swr::peek(7)).await.unwrap() == Some(2)).await;
    assert_eq!(source.loads(), 1);
}

async fn a_refresh_that_fails_is_tried_again(fleet: Fleet) {
    let node = fleet.node().await;
    let load = async |value, message| {
        let source = Fallible::new(Source::open(value), message);
        node.scope(fails(7, source)).await
    };
    load(1, None).await.unwrap();
    ripen().await;
    until(async || {
        assert_eq!(load(2, Some("down")).await, Ok(1));
        node.stats("fails").refresh_failed >= 3
    })
    .await;
    until(async || load(4, None).await == Ok(4)).await;
}

async fn a_refresh_that_fails_is_not_tried_again_for_the_throttle(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let source = Source::open(1);
    here.scope(throttled(7, Fallible::new(Arc::clone(&source), None)))
        .await
        .unwrap();
    ripen().await;
    let down = Source::open(2);
    let call = |node: &Larder| {
        start(
            node,
            throttled(7, Fallible::new(Arc::clone(&down), Some("down"))),
        )
    };
    assert_eq!(call(&here).await.unwrap(), Ok(1));
    until(async || here.stats("throttled").refresh_failed == 1).await;
    // The call that comes first may still find this process at it.
    for node in [&here, &there, &here, &there] {
        for _ in 0..10 {
            assert_eq!(call(node).await.unwrap(), Ok(1));
        }
    }
    assert_eq!(down.loads(), 1);
}

async fn an_error_that_is_remembered_takes_the_place_of_the_value(fleet: Fleet) {
    let node = fleet.node().await;
    let gone = || Fallible::new(Source::open(0), Some("no such user"));
    node.scope(fails(7, Fallible::new(Source::open(1), None)))
        .await
        .unwrap();
    ripen().await;
    assert_eq!(node.scope(fails(7, gone())).await, Ok(1));
    until(async || node.stats("fails").stored == 2).await;
    let found = node
        .scope(fails(7, Fallible::new(Source::held(2), None)))
        .await;
    assert_eq!(found, Err("no such user".to_owned()));
    assert_eq!(node.stats("fails").refresh_failed, 0);
}

async fn a_value_that_is_not_to_be_stored_removes_the_old_one(fleet: Fleet) {
    const SPEC: CacheSpec = CacheSpec::new("optional", Ttl::after(Duration::from_millis(50)))
        .stale(Duration::from_mins(1));
    let node = fleet.node().await;
    let cache = node.cache::<Option<u64>>(SPEC).optional();
    let entry = cache.entry(|key| key.arg(&7_u64));
    entry.get_or_spawn(|_| async { Some(1) }).await;
    ripen().await;
    assert_eq!(entry.get_or_spawn(|_| async { None }).await, Some(1));
    until(async || entry.peek().await.unwrap().is_none()).await;
    assert_eq!(entry.ttl().await.unwrap(), None);
}

async fn a_fresh_value_is_refreshed_early(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    here.scope(early(7, Source::open(1))).await;
    ripen().await;
    let source = Source::held(2);
    for node in [&here, &there, &here] {
        assert_eq!(node.scope(early(7, Arc::clone(&source))).await, 1);
    }
    source.load_begins().await;
    source.release();
    until(async || here.scope(early::peek(7)).await.unwrap() == Some(2)).await;
    assert_eq!(source.loads(), 1);
    let (here, there) = (here.stats("early"), there.stats("early"));
    assert_eq!((here.hits + there.hits, here.stale_hits), (3, 0));
}

async fn a_value_without_an_end_is_refreshed_by_its_age(fleet: Fleet) {
    let node = fleet.node().await;
    node.scope(every(7, Source::open(1))).await;
    for value in 2..5 {
        ripen().await;
        assert_eq!(node.scope(every(7, Source::open(value))).await, value - 1);
        until(async || node.scope(every::peek(7)).await.unwrap() == Some(value)).await;
    }
}

const PLAIN: CacheSpec =
    CacheSpec::new("by_hand", Ttl::after(Duration::from_millis(50))).stale(Duration::from_mins(1));

fn by_hand(node: &Larder, spec: CacheSpec) -> Entry<u64> {
    node.cache(spec).entry(|key| key.arg(&7_u64))
}

async fn plain_calls_refresh_within_and_behind(fleet: Fleet) {
    let node = fleet.node().await;
    let entry = by_hand(&node, PLAIN);
    entry.get_or_load(async { 1 }).await;
    ripen().await;
    // A load that was lent cannot outlive the call: whoever has the lease waits for it, and nobody
    // else does.
    let loads = entry.get_or_load(async {
        assert_eq!(entry.get_or_load(async { 3 }).await, 1);
        2
    });
    assert_eq!(loads.await, 2);
    ripen().await;
    assert_eq!(entry.get_or_spawn(|_| async { 3 }).await, 2);
    until(async || entry.peek().await.unwrap() == Some(3)).await;

    let early = by_hand(&node, PLAIN.early(Early::XFetch));
    assert_eq!(early.get_or_spawn(|_| async { 4 }).await, 3);
}

async fn who_waits_for_a_refresh_that_fails_gets_the_old_value(fleet: Fleet) {
    let node = fleet.node().await;
    let asked = AtomicBool::new(false);
    let load = async |spec, answer: Result<u64, &'static str>| {
        let entry = by_hand(&node, spec);
        let load = async {
            asked.store(true, Ordering::SeqCst);
            answer
        };
        entry.try_get_or_load_with(&ErrorRules::new(), load).await
    };
    load(PLAIN, Ok(1)).await.unwrap();
    ripen().await;
    assert_eq!(load(PLAIN, Err("down")).await, Err("down"));
    let forgiving = PLAIN.stale_on_error(Duration::from_mins(1));
    until(async || {
        asked.store(false, Ordering::SeqCst);
        let answered = load(forgiving, Err("down")).await;
        assert_eq!(answered, Ok(1));
        asked.load(Ordering::SeqCst)
    })
    .await;
}
