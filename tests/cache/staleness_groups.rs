//! What is stale and what is being refreshed belongs to its groups all the same: whoever
//! invalidates one of them ends both.

use std::sync::Arc;
use std::time::Duration;

use larder::{Larder, cached};

use crate::fleet::Fleet;
use crate::source::Source;

#[cached(
    namespace = "swr.grouped",
    ttl = "50ms",
    stale = "1m",
    skip(source),
    index(tens = value / 10),
    tags = ["user:{_id}"]
)]
async fn grouped(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

on_each_backend!(
    an_index_ends_what_is_stale,
    an_index_voids_a_refresh,
    an_index_of_the_new_value_voids_a_refresh,
    a_tag_ends_what_is_stale,
    a_tag_voids_a_refresh,
    a_clear_voids_a_refresh,
    a_refresh_moves_its_value_to_another_list,
);

async fn until(holds: impl AsyncFn() -> bool) {
    while !holds().await {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A node that has loaded 11, which is stale by now.
async fn stale(fleet: &Fleet) -> Larder {
    let node = fleet.node().await;
    assert_eq!(node.scope(grouped(7, Source::open(11))).await, 11);
    tokio::time::sleep(Duration::from_millis(80)).await;
    node
}

/// A node whose refresh of 11 to 22 is under way.
async fn refreshing(fleet: &Fleet) -> (Larder, Arc<Source>) {
    let (node, source) = (stale(fleet).await, Source::held(22));
    assert_eq!(node.scope(grouped(7, Arc::clone(&source))).await, 11);
    source.load_begins().await;
    (node, source)
}

/// Nothing of the old value is read, and nothing of what was being loaded is stored.
async fn all_is_void(here: &Larder, there: &Larder, source: &Source) {
    let begun = here.stats("swr.grouped").voided;
    assert_eq!(there.scope(grouped::peek(7)).await.unwrap(), None);
    source.release();
    until(async || here.stats("swr.grouped").voided > begun).await;
    for tens in [1, 2] {
        let listed = there.scope(grouped::by_tens(tens)).await.unwrap();
        assert!(listed.is_empty(), "{listed:?}");
    }
    let fresh = Source::open(33);
    assert_eq!(there.scope(grouped(7, fresh)).await, 33, "not even stale");
}

async fn an_index_ends_what_is_stale(fleet: Fleet) {
    let (here, there) = (stale(&fleet).await, fleet.node().await);
    there.scope(grouped::invalidate_tens(1)).await.unwrap();
    assert_eq!(here.scope(grouped(7, Source::open(33))).await, 33);
    assert_eq!(here.stats("swr.grouped").stale_hits, 0);
}

async fn an_index_voids_a_refresh(fleet: Fleet) {
    let (here, source) = refreshing(&fleet).await;
    let there = fleet.node().await;
    there.scope(grouped::invalidate_tens(1)).await.unwrap();
    all_is_void(&here, &there, &source).await;
}

/// Nobody knows yet that what is being loaded will belong to it.
async fn an_index_of_the_new_value_voids_a_refresh(fleet: Fleet) {
    let (here, source) = refreshing(&fleet).await;
    let there = fleet.node().await;
    there.scope(grouped::invalidate_tens(2)).await.unwrap();
    let peek = there.scope(grouped::peek(7)).await.unwrap();
    assert_eq!(peek, Some(11), "the old value is another's");
    source.release();
    until(async || here.stats("swr.grouped").voided == 1).await;
    let listed = there.scope(grouped::by_tens(2)).await.unwrap();
    assert!(listed.is_empty(), "{listed:?}");
    assert_ne!(there.scope(grouped::peek(7)).await.unwrap(), Some(22));
}

async fn a_tag_ends_what_is_stale(fleet: Fleet) {
    let (here, there) = (stale(&fleet).await, fleet.node().await);
    there.invalidate_tag("user:7").await.unwrap();
    assert_eq!(here.scope(grouped(7, Source::open(33))).await, 33);
    assert_eq!(here.stats("swr.grouped").stale_hits, 0);
}

/// A tag is looked at when an entry is read: what was loaded before may be stored, and is never
/// read.
async fn a_tag_voids_a_refresh(fleet: Fleet) {
    let (here, source) = refreshing(&fleet).await;
    let there = fleet.node().await;
    there.invalidate_tag("user:7").await.unwrap();
    assert_eq!(there.scope(grouped::peek(7)).await.unwrap(), None);
    source.release();
    let ended = async || {
        let stats = here.stats("swr.grouped");
        stats.refreshed + stats.voided > 0
    };
    until(ended).await;
    assert_eq!(there.scope(grouped::peek(7)).await.unwrap(), None);
    let fresh = Source::open(33);
    assert_eq!(there.scope(grouped(7, fresh)).await, 33, "not even stale");
}

async fn a_clear_voids_a_refresh(fleet: Fleet) {
    let (here, source) = refreshing(&fleet).await;
    let there = fleet.node().await;
    there.scope(grouped::clear()).await.unwrap();
    all_is_void(&here, &there, &source).await;
}

async fn a_refresh_moves_its_value_to_another_list(fleet: Fleet) {
    let (here, source) = refreshing(&fleet).await;
    let listed = async |tens| here.scope(grouped::by_tens(tens)).await.unwrap();
    assert_eq!((listed(1).await, listed(2).await), (vec![11], vec![]));
    source.release();
    until(async || here.stats("swr.grouped").refreshed == 1).await;
    assert_eq!((listed(1).await, listed(2).await), (vec![], vec![22]));
}
