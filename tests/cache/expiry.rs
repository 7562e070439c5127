//! Invariant 6 and the rules about what lives how long.

use std::sync::Arc;
use std::time::Duration;

use larder::{Ttl, cached};
use serde::{Deserialize, Serialize};

use crate::fleet::{Fleet, start};
use crate::source::Source;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Failure {
    NotFound,
    Broken,
}

#[cached(namespace = "exp.plain", ttl = "30s")]
async fn plain(id: u64) -> u64 {
    id
}

#[cached(namespace = "exp.jitter", ttl = "30s", jitter = "20%")]
async fn jittered(id: u64) -> u64 {
    id
}

#[cached(namespace = "exp.never", ttl = "never")]
async fn never(id: u64) -> u64 {
    id
}

#[cached(namespace = "exp.from", ttl = "10s", ttl_from = |value| Duration::from_secs(*value))]
async fn from_value(id: u64) -> u64 {
    id
}

#[cached(namespace = "exp.option", ttl = "30s")]
async fn option(id: u64) -> Option<u64> {
    (id > 0).then_some(id)
}

#[cached(namespace = "exp.none", ttl = "30s", none_ttl = "5s")]
async fn remembers_none(id: u64) -> Result<Option<u64>, Failure> {
    Ok((id > 0).then_some(id))
}

#[cached(namespace = "exp.err", ttl = "30s", err_ttl = "5s", cache_err = |error| *error == Failure::NotFound)]
async fn remembers_not_found(id: u64) -> Result<u64, Failure> {
    match id {
        0 => Err(Failure::NotFound),
        1 => Err(Failure::Broken),
        id => Ok(id),
    }
}

#[cached(namespace = "exp.store", ttl = "30s", store_if = |value| *value > 9)]
async fn stores_large(id: u64) -> u64 {
    id
}

#[cached(namespace = "exp.if", ttl = "30s", if = id > 9, unless = id == 50)]
async fn asks_for_large(id: u64) -> u64 {
    id
}

#[cached(namespace = "exp.held", ttl = "30s", skip(source))]
async fn held(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

on_each_backend!(
    every_key_has_an_end_unless_never_was_written,
    a_lease_has_an_end_too,
    jitter_only_shortens,
    the_value_decides_up_to_the_ttl,
    none_is_remembered_only_when_asked,
    picked_errors_are_remembered_and_others_are_not,
    conditions_decide_what_is_stored,
);

async fn every_key_has_an_end_unless_never_was_written(fleet: Fleet) {
    let node = fleet.node().await;
    node.scope(async {
        plain(1).await;
        plain::put(2, &2).await.unwrap();
        plain::refresh(3).await;
        plain::refresh(1).await;
        never(1).await;
        never::put(2, &2).await.unwrap();
        assert_eq!(never::ttl(1).await.unwrap(), Some(Ttl::NEVER));
        assert_eq!(plain::ttl(9).await.unwrap(), None);
        let left = plain::ttl(1)
            .await
            .unwrap()
            .and_then(Ttl::duration)
            .unwrap();
        assert!(left <= Duration::from_secs(30) && left > Duration::from_secs(20));
    })
    .await;
    let keys = fleet.stranger().await.times_to_live().await;
    assert_eq!(keys.len(), 5);
    for (key, left) in keys {
        assert_eq!(left == -1, key.contains("never"), "{key}: {left}");
    }
}

async fn a_lease_has_an_end_too(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::held(1);
    let loading = start(&node, held(1, Arc::clone(&source)));
    source.load_begins().await;
    let keys = fleet.stranger().await.times_to_live().await;
    assert_eq!(keys.len(), 1);
    assert!((1..=2000).contains(&keys[0].1), "{keys:?}");
    assert_eq!(
        node.scope(held::peek(1)).await.unwrap(),
        None,
        "a lease is no value"
    );
    assert_eq!(node.scope(held::ttl(1)).await.unwrap(), None);
    source.release();
    loading.await.unwrap();
}

async fn jitter_only_shortens(fleet: Fleet) {
    let node = fleet.node().await;
    for id in 0..50 {
        node.scope(jittered(id)).await;
    }
    let lives: Vec<_> = fleet
        .stranger()
        .await
        .times_to_live()
        .await
        .into_iter()
        .map(|(_, left)| left)
        .collect();
    assert!(
        lives.iter().all(|left| (23_000..=30_000).contains(left)),
        "{lives:?}"
    );
    let (shortest, longest) = (lives.iter().min().unwrap(), lives.iter().max().unwrap());
    assert!(
        longest - shortest > 1000,
        "fifty draws out of six seconds lie apart: {lives:?}"
    );
}

async fn the_value_decides_up_to_the_ttl(fleet: Fleet) {
    let node = fleet.node().await;
    node.scope(async {
        for id in [0, 4, 100] {
            from_value(id).await;
        }
        assert_eq!(
            from_value::ttl(0).await.unwrap(),
            None,
            "a TTL of zero stores nothing"
        );
        let short = from_value::ttl(4).await.unwrap().unwrap();
        assert!(short <= Ttl::after(Duration::from_secs(4)), "{short:?}");
        let long = from_value::ttl(100).await.unwrap().unwrap();
        assert!(
            long <= Ttl::after(Duration::from_secs(10)),
            "the ttl is the ceiling: {long:?}"
        );
    })
    .await;
}

async fn none_is_remembered_only_when_asked(fleet: Fleet) {
    let node = fleet.node().await;
    node.scope(async {
        for _ in 0..2 {
            assert_eq!(option(0).await, None);
            assert_eq!(option(3).await, Some(3));
            assert_eq!(remembers_none(0).await, Ok(None));
        }
        assert_eq!(option::peek(0).await.unwrap(), None);
        assert_eq!(
            remembers_none::peek(0).await.unwrap(),
            Some(None),
            "known to be absent"
        );
        let left = remembers_none::ttl(0).await.unwrap().unwrap();
        assert!(left <= Ttl::after(Duration::from_secs(5)));
    })
    .await;
    assert_eq!(node.stats("exp.option").loads, 3, "the absent one twice");
    assert_eq!(node.stats("exp.none").loads, 1);
}

async fn picked_errors_are_remembered_and_others_are_not(fleet: Fleet) {
    let node = fleet.node().await;
    node.scope(async {
        for _ in 0..2 {
            assert_eq!(remembers_not_found(0).await, Err(Failure::NotFound));
            assert_eq!(remembers_not_found(1).await, Err(Failure::Broken));
        }
        assert_eq!(
            remembers_not_found::peek(0).await.unwrap(),
            None,
            "an error is no value"
        );
    })
    .await;
    let stats = node.stats("exp.err");
    assert_eq!(
        (stats.loads, stats.negative_hits),
        (3, 1),
        "the broken one twice"
    );
}

async fn conditions_decide_what_is_stored(fleet: Fleet) {
    let node = fleet.node().await;
    node.scope(async {
        for _ in 0..2 {
            for id in [1, 10, 50] {
                assert_eq!(stores_large(id).await, id);
                assert_eq!(asks_for_large(id).await, id);
            }
        }
    })
    .await;
    let stats = node.stats("exp.store");
    assert_eq!((stats.loads, stats.hits, stats.not_stored), (4, 2, 2));
    let stats = node.stats("exp.if");
    assert_eq!((stats.loads, stats.hits, stats.bypassed), (1, 1, 4));
}
