//! Caches that are declared by name belong to the Larder that is in use at each call.

use std::sync::Arc;
use std::time::Duration;

use larder::{CacheStats, ErrorKind, cache, cached};
use serde::{Deserialize, Serialize};

use crate::fleet::Fleet;
use crate::source::Source;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Action {
    what: String,
}

mod declared {
    use super::Action;

    larder::cache! {
        /// What a link in a mail stands for.
        pub(crate) CONFIRMATIONS: Cache<Action> = "confirmation", ttl "15m";

        #[allow(dead_code)]
        pub SECOND: larder::Cache<Vec<u8>> = "confirmation", ttl "15m", version 2;
    }
}

cache! {
    SQUARES: Cache<u64> = "squares", ttl = "1m", codec "json", jitter 0.1, lease "1s", wait "5s", budget "10s";
    FOUND: Cache<Option<u64>> = "found", ttl "1m", none_ttl "5s";
    NEAR: Cache<u64> = "near", ttl "1m", local "10s";
    EARLY: Cache<u64> = "early", ttl "1h", early "99.99%";
    YOUNG: Cache<u64> = "young", ttl "never", refresh_every "1ms";
    PROMPT: Cache<u64> = "prompt", ttl "1h", early "99.99%", soft "1m";
}

#[cached(namespace = "squares", ttl = "1m", codec = "json", skip(source))]
async fn square(_of: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

on_each_backend!(
    each_larder_and_tenant_has_entries_of_its_own,
    a_declared_cache_and_an_annotated_function_share_their_entries,
    many_entries_and_indexes_work_as_with_a_given_larder,
    absent_values_are_remembered_where_that_is_declared,
    copies_are_kept_where_that_is_declared,
    values_are_refreshed_where_that_is_declared,
    whoever_refreshes_waits_where_that_is_declared,
);

fn delete() -> Action {
    Action {
        what: "delete".to_owned(),
    }
}

async fn each_larder_and_tenant_has_entries_of_its_own(fleet: Fleet) {
    let (here, elsewhere) = (fleet.node().await, fleet.node_of("other").await);
    let peek = || async {
        let link = declared::CONFIRMATIONS.entry(|key| key.arg("b2c7"));
        link.peek().await.unwrap()
    };
    let put = async {
        let link = declared::CONFIRMATIONS.entry(|key| key.arg("b2c7"));
        link.put(&delete()).await.unwrap();
        link.key().unwrap()
    };
    assert_eq!(here.scope(put).await, "app::confirmation:1:b2c7");
    assert_eq!(here.scope(peek()).await, Some(delete()));
    assert_eq!(elsewhere.scope(peek()).await, None);
    assert_eq!(here.tenant("acme").scope(peek()).await, None);
    assert_eq!(here.scope(larder::tenant("acme").scope(peek())).await, None);

    // An entry is a name under the Larder that was in use when it was made, as an annotated
    // function's is.
    let entry = here.scope(async { declared::CONFIRMATIONS.entry(|key| key.arg("b2c7")) });
    let entry = entry.await;
    assert_eq!(elsewhere.scope(entry.peek()).await.unwrap(), Some(delete()));
    let cleared = here.scope(declared::CONFIRMATIONS.clear()).await;
    assert_eq!(cleared.unwrap(), 1);
    assert_eq!(here.scope(peek()).await, None);
}

async fn a_declared_cache_and_an_annotated_function_share_their_entries(fleet: Fleet) {
    let node = fleet.node().await;
    let stats = node.scope(async {
        assert_eq!(square(7, Source::open(49)).await, 49);
        let entry = SQUARES.entry(|key| key.arg(&7_u64));
        assert_eq!(entry.get_or_load(async { 0 }).await, 49);
        entry.invalidate().await.unwrap();
        assert_eq!(square::peek(7).await.unwrap(), None);
        SQUARES.stats()
    });
    assert_eq!(stats.await, node.stats("squares"));
    assert_eq!(node.stats("squares").loads, 1);
}

async fn many_entries_and_indexes_work_as_with_a_given_larder(fleet: Fleet) {
    let node = fleet.node().await;
    let work = async {
        SQUARES.set_many([(2_u64, 4), (3, 9)]).await.unwrap();
        let got = SQUARES.get_many(&[2_u64, 3, 4]).await.unwrap();
        assert_eq!((got.len(), got[&3]), (2, 9));
        SQUARES.invalidate_many(&[2_u64]).await.unwrap();
        assert_eq!(SQUARES.get_many(&[2_u64]).await.unwrap().len(), 0);

        let by_parity = SQUARES
            .clone()
            .index("parity", |value, values| values.value(&(value % 2)));
        let entry = by_parity.entry(|key| key.arg(&3_u64));
        entry.put(&9).await.unwrap();
        assert_eq!(by_parity.by_index("parity", &1_u64).await.unwrap(), [9]);
    };
    node.scope(work).await;
}

async fn absent_values_are_remembered_where_that_is_declared(fleet: Fleet) {
    let node = fleet.node().await;
    let entry = node.scope(async { FOUND.entry(|key| key.arg(&7_u64)) });
    let entry = entry.await;
    assert_eq!(entry.get_or_load(async { None }).await, None);
    assert_eq!(entry.peek().await.unwrap(), Some(None));
    let left = entry.ttl().await.unwrap().unwrap().duration().unwrap();
    assert!(left.as_secs() <= 5, "{left:?}");
}

async fn copies_are_kept_where_that_is_declared(fleet: Fleet) {
    let node = fleet.node().await;
    let entry = node.scope(async { NEAR.entry(|key| key.arg(&7_u64)) });
    let entry = entry.await;
    assert_eq!(entry.get_or_load(async { 3 }).await, 3);
    for _ in 0..10 {
        assert_eq!(entry.get_or_load(async { 4 }).await, 3);
    }
    assert!(node.stats("near").local_hits > 0, "no copy was kept");
}

/// Longer than it takes these values to be due.
async fn ripen() {
    tokio::time::sleep(Duration::from_millis(500)).await;
}

async fn values_are_refreshed_where_that_is_declared(fleet: Fleet) {
    let node = fleet.node().await;
    for cache in [&EARLY, &YOUNG] {
        let entry = node.scope(async { cache.entry(|key| key.arg(&7_u64)) });
        let entry = entry.await;
        assert_eq!(entry.get_or_load(async { 1 }).await, 1);
        ripen().await;
        // Behind the call, which is answered with the old value and told of it.
        let (tell, told) = tokio::sync::oneshot::channel();
        let refreshed = entry.get_or_spawn(|reload| async move {
            let _ = tell.send(reload.previous().map(|it| *it));
            2
        });
        assert_eq!(node.scope(refreshed).await, 1);
        assert_eq!(told.await.unwrap(), Some(1));
        while entry.peek().await.unwrap() != Some(2) {
            tokio::task::yield_now().await;
        }
        ripen().await;
        // Within it.
        assert_eq!(entry.get_or_load(async { 3 }).await, 3);
    }
}

async fn whoever_refreshes_waits_where_that_is_declared(fleet: Fleet) {
    let node = fleet.node().await;
    let entry = node.scope(async { PROMPT.entry(|key| key.arg(&7_u64)) });
    let entry = entry.await;
    assert_eq!(entry.get_or_load(async { 1 }).await, 1);
    ripen().await;
    let refreshed = entry.get_or_spawn(|_| async { 2 });
    assert_eq!(node.scope(refreshed).await, 2);
}

#[tokio::test]
async fn without_a_larder_a_load_runs_and_everything_else_says_so() {
    let entry = SQUARES.entry(|key| key.arg(&7_u64));
    assert_eq!(entry.get_or_load(async { 49 }).await, 49);
    let kinds = [
        entry.peek().await.map(|_| ()),
        entry.put(&1).await,
        entry.invalidate().await.map(|_| ()),
        SQUARES.clear().await.map(|_| ()),
        SQUARES.get_many(&[7_u64]).await.map(|_| ()),
        SQUARES.invalidate_many(&[7_u64]).await.map(|_| ()),
    ]
    .map(|answer| answer.unwrap_err().kind());
    assert_eq!(kinds, [ErrorKind::NotInstalled; 6]);
    let error = entry.peek().await.unwrap_err().to_string();
    assert!(error.contains("no Larder installed"), "{error}");
    assert_eq!(SQUARES.stats(), CacheStats::default());
}
