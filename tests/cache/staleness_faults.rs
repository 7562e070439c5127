//! Stale values and refreshes when links break and nodes die.

use std::sync::Arc;
use std::time::Duration;

use larder::{Larder, MemoryServer, cached};
use tokio::time::Instant;

use crate::fleet::Fleet;
use crate::linked::Linked;
use crate::source::Source;

#[cached(
    namespace = "swr.faults",
    ttl = "50ms",
    stale = "1m",
    lease = "200ms",
    skip(source)
)]
async fn swr(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

on_each_backend!(
    what_is_stale_is_not_served_while_its_invalidation_waits,
    an_invalidation_that_has_waited_voids_a_refresh,
    another_node_takes_over_the_refresh_of_one_that_died,
);

async fn until(holds: impl AsyncFn() -> bool) {
    while !holds().await {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn ripen() {
    tokio::time::sleep(Duration::from_millis(80)).await;
}

/// Two nodes and a stale value of 1.
async fn stale(fleet: Fleet) -> Linked {
    let nodes = Linked::new(fleet).await;
    assert_eq!(nodes.here.scope(swr(7, Source::open(1))).await, 1);
    ripen().await;
    nodes
}

/// The same, while the first node refreshes it to 2.
async fn refreshing(fleet: Fleet) -> (Linked, Arc<Source>) {
    let (nodes, source) = (stale(fleet).await, Source::held(2));
    assert_eq!(nodes.here.scope(swr(7, Arc::clone(&source))).await, 1);
    source.load_begins().await;
    (nodes, source)
}

async fn what_is_stale_is_not_served_while_its_invalidation_waits(fleet: Fleet) {
    let nodes = stale(fleet).await;
    nodes.link.cut();
    let error = nodes.here.scope(swr::invalidate(7)).await.unwrap_err();
    assert!(error.is_queued(), "{error}");
    assert_eq!(nodes.here.scope(swr(7, Source::open(2))).await, 2);
    nodes.link.heal();
    while nodes.here.queued_invalidations() > 0 {
        let answered = nodes.here.scope(swr(7, Source::open(2))).await;
        assert_eq!(answered, 2, "the server answers, and has the old value");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(nodes.there.scope(swr(7, Source::open(3))).await, 3);
    assert_eq!(nodes.here.stats("swr.faults").stale_hits, 0);
}

async fn an_invalidation_that_has_waited_voids_a_refresh(fleet: Fleet) {
    let (nodes, source) = refreshing(fleet).await;
    nodes.link.cut();
    nodes.here.scope(swr::invalidate(7)).await.unwrap_err();
    nodes.link.heal();
    nodes.caught_up().await;
    source.release();
    until(async || nodes.here.stats("swr.faults").voided == 1).await;
    assert_eq!(nodes.there.scope(swr::peek(7)).await.unwrap(), None);
}

async fn another_node_takes_over_the_refresh_of_one_that_died(fleet: Fleet) {
    let (nodes, source) = refreshing(fleet).await;
    // It neither extends its lease any more nor gives it back.
    nodes.link.cut();
    let second = Source::held(3);
    until(async || {
        let answered = nodes.there.scope(swr(7, Arc::clone(&second))).await;
        assert_eq!(answered, 1, "nobody waits");
        second.loads() == 1
    })
    .await;
    second.release();
    until(async || nodes.there.scope(swr::peek(7)).await.unwrap() == Some(3)).await;

    nodes.link.heal();
    until(async || nodes.here.scope(swr::peek(7)).await.is_ok()).await;
    source.release();
    until(async || nodes.here.stats("swr.faults").voided == 1).await;
    assert_eq!(nodes.there.scope(swr::peek(7)).await.unwrap(), Some(3));
    assert_eq!((source.loads(), second.loads()), (1, 1));
}

/// There is nothing to be served then, and the call knows it when its budget ends.
#[tokio::test(start_paused = true)]
async fn a_black_hole_costs_no_more_than_the_budget() {
    const BUDGET: Duration = Duration::from_millis(50);
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    assert_eq!(node.scope(swr(7, Source::open(1))).await, 1);
    ripen().await;
    control.black_hole();
    let began = Instant::now();
    assert_eq!(node.scope(swr(7, Source::open(2))).await, 2);
    assert!(began.elapsed() <= BUDGET, "{:?}", began.elapsed());

    // Nor with a refresh under way.
    control.heal();
    assert_eq!(node.scope(swr(7, Source::held(3))).await, 1);
    control.black_hole();
    let began = Instant::now();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(node.scope(swr(7, Source::open(4))).await, 4);
    assert!(began.elapsed() <= Duration::from_secs(1) + BUDGET);
}
