//! Invariant 1: what was read before an invalidation is never read from the cache after it, and
//! never joined.

use std::sync::Arc;
use std::time::Duration;

use larder::{Larder, MemoryServer, cached};

use crate::fleet::{Fleet, start};
use crate::source::Source;

#[cached(namespace = "stale", ttl = "1m", skip(source))]
async fn read(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

/// The same data in the next build.
#[cached(namespace = "stale", ttl = "1m", version = 2)]
async fn read_by_the_next_build(id: u64) -> u64 {
    id
}

on_each_backend!(
    an_invalidation_on_another_node_voids_the_load,
    an_invalidation_on_the_same_node_voids_the_load,
    an_invalidation_by_the_next_build_voids_the_load,
    a_clear_voids_the_load,
    a_strangers_del_voids_the_load,
    a_put_voids_the_load,
    a_later_caller_does_not_join_a_voided_load,
    a_refresh_that_was_invalidated_stores_nothing,
    a_refresh_keeps_the_old_value_readable,
);

/// Starts a load of the old value, invalidates in some way, ends the load, and looks.
async fn a_load_meets(fleet: Fleet, invalidate: impl AsyncFnOnce(&Fleet, &Larder, &Larder)) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let source = Source::held(1);
    let loading = start(&here, read(7, Arc::clone(&source)));
    source.load_begins().await;

    source.change(2);
    invalidate(&fleet, &here, &there).await;
    source.release();
    assert_eq!(
        loading.await.unwrap(),
        1,
        "who called before the invalidation may get the old value"
    );

    for node in [&here, &there] {
        let value = node.scope(read(7, Arc::clone(&source))).await;
        assert_eq!(value, 2, "who called after it must not");
    }
    assert_eq!(here.stats("stale").voided, 1);
    assert_eq!(source.loads(), 2);
}

async fn an_invalidation_on_another_node_voids_the_load(fleet: Fleet) {
    a_load_meets(fleet, async |_, _, there| {
        there.scope(read::invalidate(7)).await.unwrap();
    })
    .await;
}

async fn an_invalidation_on_the_same_node_voids_the_load(fleet: Fleet) {
    a_load_meets(fleet, async |_, here, _| {
        here.scope(read::invalidate(7)).await.unwrap();
    })
    .await;
}

async fn an_invalidation_by_the_next_build_voids_the_load(fleet: Fleet) {
    a_load_meets(fleet, async |_, _, there| {
        there
            .scope(read_by_the_next_build::invalidate(7))
            .await
            .unwrap();
    })
    .await;
}

async fn a_clear_voids_the_load(fleet: Fleet) {
    a_load_meets(fleet, async |_, _, there| {
        assert_eq!(there.scope(read::clear()).await.unwrap(), 1);
    })
    .await;
}

async fn a_strangers_del_voids_the_load(fleet: Fleet) {
    a_load_meets(fleet, async |fleet, here, _| {
        let key = here.scope(async { read::key(7) }).await.unwrap();
        fleet.stranger().await.delete(&key).await;
    })
    .await;
}

async fn a_put_voids_the_load(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let source = Source::held(1);
    let loading = start(&here, read(7, Arc::clone(&source)));
    source.load_begins().await;

    there.scope(read::put(7, &5)).await.unwrap();
    source.release();
    assert_eq!(loading.await.unwrap(), 1);

    assert_eq!(
        here.scope(read(7, Arc::clone(&source))).await,
        5,
        "the value that was put stays"
    );
    assert_eq!(source.loads(), 1);
    assert_eq!(here.stats("stale").voided, 1);
}

async fn a_later_caller_does_not_join_a_voided_load(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let source = Source::held(1);
    let early = start(&here, read(7, Arc::clone(&source)));
    source.load_begins().await;

    source.change(2);
    there.scope(read::invalidate(7)).await.unwrap();
    let late = start(&here, read(7, Arc::clone(&source)));
    // It loads for itself, although the early load is still under way on the same node.
    source.load_begins().await;

    source.release();
    assert_eq!(early.await.unwrap(), 1);
    assert_eq!(late.await.unwrap(), 2);
    let stored = here.scope(read::peek(7)).await.unwrap();
    assert_eq!(stored, Some(2), "the late load is the one that is stored");
}

async fn a_refresh_that_was_invalidated_stores_nothing(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    here.scope(read::put(7, &1)).await.unwrap();
    let source = Source::held(2);
    let refreshing = start(&here, read::refresh(7, Arc::clone(&source)));
    source.load_begins().await;

    there.scope(read::invalidate(7)).await.unwrap();
    source.release();
    assert_eq!(refreshing.await.unwrap(), 2);
    assert_eq!(here.scope(read::peek(7)).await.unwrap(), None);
}

async fn a_refresh_keeps_the_old_value_readable(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    here.scope(read::put(7, &1)).await.unwrap();
    let source = Source::held(2);
    let refreshing = start(&here, read::refresh(7, Arc::clone(&source)));
    source.load_begins().await;

    let meanwhile = there.scope(read(7, Arc::clone(&source))).await;
    assert_eq!(meanwhile, 1, "nobody waits for a refresh");
    source.release();
    assert_eq!(refreshing.await.unwrap(), 2);
    assert_eq!(there.scope(read(7, Arc::clone(&source))).await, 2);
    assert_eq!(source.loads(), 1);
}

/// A refresh has read what a `put` has stored, and is invalidated. The reply to the `put` got lost,
/// so it is sent again: what it stores now is not what the refresh has read.
#[tokio::test(start_paused = true)]
async fn a_refresh_does_not_take_a_put_that_is_sent_again_for_the_first_one() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let (here, there) = (
        Larder::builder().on_memory_link(link),
        Larder::builder().on_memory(&server),
    );
    there.scope(read::put(8, &0)).await.unwrap();
    here.scope(read::put(8, &0)).await.unwrap();
    control.lose_reply_of_next(1);
    let putting = start(&here, async { read::put(7, &1).await });
    tokio::time::sleep(Duration::from_millis(1)).await;
    let source = Source::held(2);
    let refreshing = start(&there, read::refresh(7, Arc::clone(&source)));
    source.load_begins().await;

    there.scope(read::invalidate(7)).await.unwrap();
    control.heal();
    putting.await.unwrap().unwrap();
    source.release();
    assert_eq!(refreshing.await.unwrap(), 2);
    assert_eq!(there.scope(read::peek(7)).await.unwrap(), Some(1));
}

/// The load has ended and its value has been shared, but the fill is still on its way when the
/// invalidation comes.
#[tokio::test(start_paused = true)]
async fn a_later_caller_does_not_join_while_a_voided_value_is_being_filled() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let (here, there) = (
        Larder::builder().on_memory_link(link),
        Larder::builder().on_memory(&server),
    );
    let source = Source::held(1);
    let leader = start(&here, read(7, Arc::clone(&source)));
    source.load_begins().await;
    let follower = start(&here, read(7, Arc::clone(&source)));
    tokio::time::sleep(Duration::from_millis(1)).await;

    control.delay_requests(Duration::from_millis(20));
    source.change(2);
    source.release();
    tokio::time::sleep(Duration::from_millis(1)).await;
    there.scope(read::invalidate(7)).await.unwrap();
    assert_eq!(here.scope(read(7, Arc::clone(&source))).await, 2);
    assert_eq!((leader.await.unwrap(), follower.await.unwrap()), (1, 1));
}
