//! A column that is null and a row that is not there are two answers, of the body and of the cache.

#![allow(
    clippy::option_option,
    reason = "a nullable column of a row that may be missing is one"
)]

use std::time::Duration;

use larder::{CacheSpec, Ttl, cached};

use crate::fleet::Fleet;

on_each_backend!(
    a_hit_answers_what_the_body_did,
    a_batch_answers_what_its_body_did,
    what_is_put_is_what_is_found,
    json_answers_the_body_where_it_cannot_store,
);

/// A row that is there has a column that may be null.
fn column(id: u64) -> Option<Option<u64>> {
    match id {
        0 => None,
        1 => Some(None),
        _ => Some(Some(id)),
    }
}

#[cached(namespace = "nullable.plain", ttl = "1m")]
async fn plain(id: u64) -> Option<Option<u64>> {
    column(id)
}

#[cached(
    namespace = "nullable.result",
    ttl = "1m",
    none_ttl = "1m",
    local = "10s"
)]
async fn remembered(id: u64) -> Result<Option<Option<u64>>, String> {
    Ok(column(id))
}

#[cached(namespace = "nullable.unit", ttl = "1m")]
async fn unit(id: u64) -> Option<()> {
    column(id).map(drop)
}

#[cached(namespace = "nullable.json", ttl = "1m", codec = "json")]
async fn in_json(id: u64) -> Option<Option<u64>> {
    column(id)
}

/// Many in one call: a value without a byte of its own, and one that is no number.
#[cached(namespace = "nullable.units", ttl = "1m", codec = "json", batch)]
async fn units_in_json(ids: &[u64]) -> Vec<(u64, ())> {
    ids.iter().map(|id| (*id, ())).collect()
}

#[cached(namespace = "nullable.floats", ttl = "1m", codec = "json")]
async fn float_in_json(id: u64) -> Option<f64> {
    Some(if id == 0 { f64::NAN } else { 0.5 })
}

async fn a_hit_answers_what_the_body_did(fleet: Fleet) {
    let node = fleet.node().await;
    node.scope(async {
        for _ in 0..3 {
            for id in 0..3 {
                assert_eq!(plain(id).await, column(id));
                assert_eq!(remembered(id).await, Ok(column(id)));
                assert_eq!(unit(id).await, column(id).map(drop));
            }
        }
    })
    .await;
    assert_eq!(
        node.stats("nullable.plain").loads,
        2 + 3,
        "no row is not remembered"
    );
    assert_eq!(node.stats("nullable.result").loads, 3);
    assert_eq!(node.stats("nullable.unit").loads, 2 + 3);
}

async fn a_batch_answers_what_its_body_did(fleet: Fleet) {
    let node = fleet.node().await;
    let spec = CacheSpec::new("nullable.many", Ttl::after(Duration::from_mins(1)));
    let cache = node.cache::<Option<Option<u64>>>(spec);
    let columns = async |ids: Vec<u64>| ids.into_iter().map(|id| (id, column(id))).collect();
    for _ in 0..2 {
        let found = cache.get_many_or_load(&[1, 2], columns).await;
        assert_eq!((found[&1], found[&2]), (Some(None), Some(Some(2))));
    }
    assert_eq!(node.stats("nullable.many").loads, 2);
}

async fn what_is_put_is_what_is_found(fleet: Fleet) {
    let node = fleet.node().await;
    node.scope(async {
        for id in 0..3 {
            plain::put(id, &column(id)).await.unwrap();
            assert_eq!(plain::peek(id).await.unwrap(), Some(column(id)));
        }
    })
    .await;
    let rows = node.store::<Option<Option<u64>>>("rows").durable().unwrap();
    for id in 0..3 {
        rows.set(&id, &column(id)).await.unwrap();
        assert_eq!(rows.get(&id).await.unwrap(), Some(column(id)));
    }
}

/// JSON has no way to write it, so it is not stored, and never read as something else.
async fn json_answers_the_body_where_it_cannot_store(fleet: Fleet) {
    let node = fleet.node().await;
    node.scope(async {
        for _ in 0..3 {
            for id in 0..3 {
                assert_eq!(in_json(id).await, column(id));
            }
        }
    })
    .await;
    for _ in 0..2 {
        assert_eq!(node.scope(units_in_json(&[1, 2])).await.len(), 2);
        assert!(node.scope(float_in_json(0)).await.is_some_and(f64::is_nan));
        assert_eq!(node.scope(float_in_json(1)).await, Some(0.5));
    }
    let stats = node.stats("nullable.floats");
    assert_eq!((stats.loads, stats.stored), (2 + 1, 1));
    let stats = node.stats("nullable.json");
    assert_eq!((stats.loads, stats.stored), (3 + 3 + 1, 1));
}
