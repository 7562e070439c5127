//! Loads that take longer than their callers wait: who has an old value is answered with it
//! (`soft`), who has none with an error (`hard`), and the load goes on.

use std::sync::Arc;
use std::time::Duration;

use larder::{CacheSpec, Error, ErrorKind, Larder, MemoryServer, Ttl, cached};

use crate::fleet::{Fleet, start};
use crate::source::Source;

/// What ends a call here.
#[derive(Debug, Clone, PartialEq)]
enum Failed {
    Larder(ErrorKind),
    Down,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Larder(error.kind())
    }
}

const LATE: Result<u64, Failed> = Err(Failed::Larder(ErrorKind::LoadTimeout));

#[cached(
    namespace = "soft",
    ttl = "50ms",
    stale = "1m",
    soft = "20ms",
    skip(source)
)]
async fn hurried(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

#[cached(
    namespace = "soft",
    ttl = "50ms",
    stale = "1m",
    soft = "1h",
    skip(source)
)]
async fn patient(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

#[cached(
    namespace = "soft",
    ttl = "50ms",
    stale = "1m",
    soft = "1h",
    skip(source)
)]
async fn failing(_id: u64, source: Arc<Source>) -> Result<u64, Failed> {
    source.load().await;
    Err(Failed::Down)
}

#[cached(namespace = "hard", ttl = "1m", hard = "50ms", skip(source))]
async fn limited(_id: u64, source: Arc<Source>) -> Result<u64, Failed> {
    source.load().await;
    match source.load().await {
        13 => panic!("this body panics"),
        value => Ok(value),
    }
}

/// The same entries, by callers who wait.
#[cached(namespace = "hard", ttl = "1m", hard = "1h", skip(source))]
async fn unlimited(_id: u64, source: Arc<Source>) -> Result<u64, Failed> {
    Ok(source.load().await)
}

on_each_backend!(
    a_refresh_that_comes_in_time_is_answered,
    a_refresh_that_takes_long_goes_on_behind_the_old_value,
    a_refresh_that_fails_in_time_leaves_the_old_value,
    nobody_waits_for_the_refresh_of_another,
    a_caller_who_is_dropped_leaves_its_load_running,
    plain_calls_wait_as_long_as_they_say,
    a_load_that_takes_long_ends_in_an_error_and_fills,
    whoever_waits_for_a_load_gives_it_up_too,
    a_load_that_was_given_up_is_voided_like_any_other,
    a_body_that_panics_behind_its_caller_makes_room_for_the_next,
    a_body_that_panics_in_time_takes_its_caller_along,
);

async fn until(holds: impl AsyncFn() -> bool) {
    while !holds().await {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A node that has loaded 1, which is stale by now.
async fn stale(fleet: &Fleet) -> Larder {
    let node = fleet.node().await;
    assert_eq!(node.scope(patient(7, Source::open(1))).await, 1);
    tokio::time::sleep(Duration::from_millis(80)).await;
    node
}

async fn a_refresh_that_comes_in_time_is_answered(fleet: Fleet) {
    let node = stale(&fleet).await;
    assert_eq!(node.scope(patient(7, Source::open(2))).await, 2);
    let stats = node.stats("soft");
    assert_eq!((stats.refreshed, stats.stale_hits), (1, 0));
    assert_eq!(stats.load_timeouts, 0);
}

async fn a_refresh_that_takes_long_goes_on_behind_the_old_value(fleet: Fleet) {
    let node = stale(&fleet).await;
    let source = Source::held(2);
    assert_eq!(node.scope(hurried(7, Arc::clone(&source))).await, 1);
    let stats = node.stats("soft");
    assert_eq!((stats.load_timeouts, stats.stale_hits), (1, 1));
    source.release();
    until(async || node.scope(hurried::peek(7)).await.unwrap() == Some(2)).await;
    assert_eq!(source.loads(), 1);
}

async fn a_refresh_that_fails_in_time_leaves_the_old_value(fleet: Fleet) {
    let node = stale(&fleet).await;
    assert_eq!(node.scope(failing(7, Source::open(2))).await, Ok(1));
    assert_eq!(node.stats("soft").refresh_failed, 1);
    assert_eq!(node.scope(failing::peek(7)).await.unwrap(), Some(1));
}

async fn nobody_waits_for_the_refresh_of_another(fleet: Fleet) {
    let (here, there) = (stale(&fleet).await, fleet.node().await);
    let source = Source::held(2);
    let waits = start(&here, patient(7, Arc::clone(&source)));
    source.load_begins().await;
    for node in [&here, &there] {
        assert_eq!(node.scope(patient(7, Arc::clone(&source))).await, 1);
    }
    source.release();
    assert_eq!(waits.await.unwrap(), 2);
    assert_eq!(source.loads(), 1);
}

async fn a_caller_who_is_dropped_leaves_its_load_running(fleet: Fleet) {
    let node = stale(&fleet).await;
    let source = Source::held(2);
    let refreshing = start(&node, patient(7, Arc::clone(&source)));
    let loading = start(&node, unlimited(7, Arc::clone(&source)));
    source.load_begins().await;
    source.load_begins().await;
    refreshing.abort();
    loading.abort();
    assert!(refreshing.await.unwrap_err().is_cancelled());
    assert!(loading.await.unwrap_err().is_cancelled());
    source.release();
    until(async || node.scope(patient::peek(7)).await.unwrap() == Some(2)).await;
    until(async || node.scope(unlimited::peek(7)).await.unwrap() == Some(2)).await;
    assert_eq!(source.loads(), 2);
}

async fn plain_calls_wait_as_long_as_they_say(fleet: Fleet) {
    const SPEC: CacheSpec =
        CacheSpec::new("soft", Ttl::after(Duration::from_millis(50))).stale(Duration::from_mins(1));
    let node = stale(&fleet).await;
    let entry = |spec| node.cache::<u64>(spec).entry(|key| key.arg(&7_u64));
    let source = Source::held(2);
    let load = |_| {
        let source = Arc::clone(&source);
        async move { source.load().await }
    };
    let hurried = entry(SPEC.soft(Duration::from_millis(20)));
    assert_eq!(hurried.get_or_spawn(load).await, 1);
    source.release();
    until(async || hurried.peek().await.unwrap() == Some(2)).await;
    tokio::time::sleep(Duration::from_millis(80)).await;
    let patient = entry(SPEC.soft(Duration::from_hours(1)));
    assert_eq!(patient.get_or_spawn(|_| async { 3 }).await, 3);
}

async fn a_load_that_takes_long_ends_in_an_error_and_fills(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::held(2);
    assert_eq!(node.scope(limited(7, Arc::clone(&source))).await, LATE);
    assert_eq!(node.stats("hard").load_timeouts, 1);
    source.release();
    until(async || node.scope(limited::peek(7)).await.unwrap() == Some(2)).await;
    assert_eq!(node.scope(limited(7, Source::held(3))).await, Ok(2));
    assert_eq!(node.stats("hard").loads, 1);
}

async fn whoever_waits_for_a_load_gives_it_up_too(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let source = Source::held(2);
    let calls: Vec<_> = (0..20)
        .map(|call| start([&here, &there][call % 2], limited(7, Arc::clone(&source))))
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), LATE);
    }
    assert_eq!(source.loads(), 1, "one load in the fleet");
    let patient = start(&there, unlimited(7, Arc::clone(&source)));
    source.release();
    assert_eq!(patient.await.unwrap(), Ok(2));
    assert_eq!(source.loads(), 2, "the two of one body");
}

async fn a_load_that_was_given_up_is_voided_like_any_other(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let source = Source::held(2);
    assert_eq!(here.scope(limited(7, Arc::clone(&source))).await, LATE);
    there.scope(limited::invalidate(7)).await.unwrap();
    source.release();
    until(async || here.stats("hard").voided == 1).await;
    assert_eq!(there.scope(limited::peek(7)).await.unwrap(), None);
}

async fn a_body_that_panics_behind_its_caller_makes_room_for_the_next(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let source = Source::held(13);
    assert_eq!(here.scope(limited(7, Arc::clone(&source))).await, LATE);
    source.release();
    assert_eq!(there.scope(unlimited(7, Source::open(3))).await, Ok(3));
}

async fn a_body_that_panics_in_time_takes_its_caller_along(fleet: Fleet) {
    let node = fleet.node().await;
    let calling = start(&node, limited(7, Source::open(13)));
    assert!(calling.await.unwrap_err().is_panic());
    assert_eq!(node.scope(unlimited(7, Source::open(3))).await, Ok(3));
}

/// Where nothing can be stored, a body that is given up is dropped: nobody could read what it
/// answers.
#[tokio::test(start_paused = true)]
async fn without_a_cache_a_body_takes_no_longer() {
    let source = Source::held(2);
    assert_eq!(limited(7, Arc::clone(&source)).await, LATE);
    assert_eq!(Arc::strong_count(&source), 1);

    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    control.cut();
    assert_eq!(node.scope(limited(7, Arc::clone(&source))).await, LATE);
    assert_eq!(Arc::strong_count(&source), 1);
    assert_eq!(node.stats("hard").load_timeouts, 1);
}

/// What the caller waits is not what its load may spend: that goes on without it.
#[tokio::test(start_paused = true)]
async fn a_refresh_whose_server_is_slower_than_its_caller_waits_is_stored() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    assert_eq!(node.scope(patient(7, Source::open(1))).await, 1);
    tokio::time::sleep(Duration::from_millis(80)).await;
    // The lease takes two round trips, as whatever a server does for the first time: the caller
    // waits for those, and not for the two that store the value.
    control.delay_requests(Duration::from_millis(8));
    let source = Source::held(2);
    assert_eq!(node.scope(hurried(7, Arc::clone(&source))).await, 1);
    source.release();
    until(async || node.stats("soft").stored + node.stats("soft").fill_failed == 2).await;
    assert_eq!(node.scope(hurried::peek(7)).await.unwrap(), Some(2));
}

/// Nor does it wait for the lease: what is stale is refreshed however far away the server is.
#[tokio::test(start_paused = true)]
async fn a_refresh_that_begins_later_than_its_caller_waits_is_stored() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder()
        .call_budget(Duration::from_secs(1))
        .on_memory_link(link);
    assert_eq!(node.scope(patient(7, Source::open(1))).await, 1);
    tokio::time::sleep(Duration::from_millis(80)).await;
    control.delay_requests(Duration::from_millis(30));
    assert_eq!(node.scope(hurried(7, Source::open(2))).await, 1);
    assert_eq!(node.stats("soft").stale_hits, 1);
    until(async || node.stats("soft").stored == 2).await;
    assert_eq!(node.scope(hurried::peek(7)).await.unwrap(), Some(2));
}
