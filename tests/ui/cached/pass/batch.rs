#![deny(warnings, missing_docs, clippy::all, clippy::pedantic, unsafe_code)]
//! Batches under the strictest lints.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use larder::{CacheKey, cached};
use serde::{Deserialize, Serialize};

/// A user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct User {
    name: String,
}

/// Not to be stored.
#[derive(Debug)]
pub struct DbError;

/// An id in parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, CacheKey)]
pub struct Id {
    realm: String,
    number: u64,
}

/// Borrowed ids, and a mutable pattern elsewhere.
#[cached(namespace = "a", ttl = "5m", jitter = 0.1, none_ttl = "1m", batch, local = true, skip(db))]
pub async fn users(db: &Arc<str>, ids: &[u64], mut realm: String) -> Result<HashMap<u64, User>, DbError> {
    realm.push('!');
    let user = |id: &u64| (*id, User { name: format!("{db}{id}{realm}") });
    Ok(ids.iter().map(user).collect())
}

/// Owned ids, whose parts are in the key.
#[cached(
    namespace = "b",
    ttl_from = |user| std::time::Duration::from_secs(user.name.len() as u64),
    ttl = "1h",
    store_if = |user| !user.name.is_empty(),
    batch = ids,
    key = "{ids.realm}/{ids.number}",
    tags = ["realm:{ids.realm}"],
    skip(all),
    unless = all.is_empty()
)]
async fn by_parts(ids: Vec<Id>, all: &[u8]) -> Vec<(Id, User)> {
    let name = format!("{}", all.len());
    ids.into_iter().map(|id| (id, User { name: name.clone() })).collect()
}

/// Of any type.
#[cached(namespace = "c", ttl = "never", batch)]
async fn generic<T>(ids: &[T], factor: u32) -> BTreeMap<T, u32>
where
    T: CacheKey + Clone + Eq + std::hash::Hash + Ord + Send + Sync + 'static,
{
    ids.iter().map(|id| (id.clone(), factor)).collect()
}

fn main() {
    let ids = || vec![Id { realm: "r".to_owned(), number: 7 }];
    let _ = users::peek(&[7], "r");
    let _ = users::put("r", HashMap::new());
    let _ = by_parts::invalidate(&ids());
    let _ = by_parts(ids(), &[]);
    let _ = generic::keys(&[7_u8], 3);
    let _ = generic(&[7_u8], 3);
}
