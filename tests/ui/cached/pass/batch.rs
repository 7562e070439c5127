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
#[derive(Debug, Clone, PartialEq, Eq, Hash, CacheKey, Serialize, Deserialize)]
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

/// Where users come from.
#[derive(Debug, Clone)]
pub struct Repo<T> {
    realm: String,
    of: T,
}

impl<T: Copy + Into<u64> + 'static> Repo<T> {
    /// Methods, with indexes.
    #[cached(
        namespace = "d",
        ttl = "5m",
        batch,
        key = "{self.realm}:{numbers}",
        index(name = value.name, number = numbers, realm = self.realm),
        tags = ["realm:{self.realm}"],
        local = true,
        if = !numbers.is_empty()
    )]
    pub async fn users(&self, mut numbers: Vec<u64>) -> Result<HashMap<u64, User>, DbError> {
        numbers.dedup();
        let user = |number| (number, User { name: format!("{number}{}", self.of.into()) });
        Ok(numbers.into_iter().map(user).collect())
    }

    /// Not every method has a `self`.
    #[cached(namespace = "e", ttl = "5m", batch, entry = bare_entry)]
    async fn bare(numbers: &[u64]) -> Vec<(u64, Id)> {
        let id = |number: &u64| (*number, Id { realm: Self::realm(), number: *number });
        numbers.iter().map(id).collect()
    }

    fn realm() -> String {
        "r".to_owned()
    }
}

/// An index on what is borrowed.
#[cached(namespace = "f", ttl = "5m", batch, index(name = value.name, realm = realm))]
pub async fn listed(realm: &str, ids: &[u64]) -> HashMap<u64, User> {
    let user = |id: &u64| (*id, User { name: format!("{realm}{id}") });
    ids.iter().map(user).collect()
}

/// What the load takes too long for.
#[derive(Debug, Clone)]
pub enum Late {
    /// From here.
    Larder,
}

impl From<larder::Error> for Late {
    fn from(_: larder::Error) -> Self {
        Self::Larder
    }
}

/// Of any type, by a body that may outlive its caller.
#[cached(
    namespace = "g",
    ttl = "5m",
    stale = "1h",
    early = "10%",
    on_error = "stale",
    soft = "100ms",
    hard = "2s",
    reload = newer,
    batch = ids,
    skip(more)
)]
pub async fn behind<'a, T>(realm: &'a str, mut ids: Vec<T>, more: &'a [u8], times: u32) -> Result<HashMap<T, u32>, Late>
where
    T: CacheKey + Clone + Eq + std::hash::Hash + Send + Sync + 'static,
{
    ids.reverse();
    let number = u32::try_from(realm.len() + more.len()).map_err(|_| Late::Larder)?;
    Ok(ids.into_iter().map(|id| (id, number * times)).collect())
}

async fn newer<T>(
    realm: &str,
    ids: Vec<T>,
    more: &[u8],
    times: u32,
    previous: HashMap<T, larder::Previous<u32>>,
) -> Result<HashMap<T, u32>, Late>
where
    T: CacheKey + Clone + Eq + std::hash::Hash + Send + Sync + 'static,
{
    let mut found = behind::uncached(realm, ids, more, times).await?;
    found.extend(previous.into_iter().map(|(id, previous)| (id, previous.not_modified())));
    Ok(found)
}

impl<T: Clone + Send + Sync + 'static> Repo<T> {
    /// Methods too.
    #[cached(namespace = "h", ttl = "5m", refresh_every = "1m", batch, key = "{self.realm}:{numbers}", reload = Self::newer)]
    pub async fn prices(&self, numbers: &[u64]) -> BTreeMap<u64, String> {
        numbers.iter().map(|number| (*number, self.realm.clone())).collect()
    }

    #[allow(clippy::unused_async, reason = "what reloads is awaited")]
    async fn newer(&self, numbers: &[u64], previous: HashMap<u64, larder::Previous<String>>) -> BTreeMap<u64, String> {
        let mut found: BTreeMap<_, _> = numbers.iter().map(|number| (*number, self.realm.clone())).collect();
        found.extend(previous.into_iter().map(|(id, previous)| (id, previous.not_modified())));
        found
    }
}

fn main() {
    let _ = behind("r", vec![7_u8], &[], 3);
    let _ = behind::peek("r", &[7_u8], 3);
    let _ = Repo { realm: "r".to_owned(), of: 7_u8 }.prices(&[7]);
    let repo = Repo { realm: "r".to_owned(), of: 7_u8 };
    let _ = repo.users(vec![7]);
    let entries: larder::Entries<HashMap<u64, User>> = repo.users_entry(&[7]);
    let _ = entries.keys();
    let _ = Repo::<u8>::users_by_name("Ada");
    let _ = Repo::<u8>::users_invalidate_realm("r");
    let _ = Repo::<u8>::bare(&[7]);
    let _ = Repo::<u8>::bare_entry(&[7]).keys();
    let _ = listed("r", &[7]);
    let _ = listed::by_name("Ada");
    let _ = listed::keys_by_realm("r");
    let ids = || vec![Id { realm: "r".to_owned(), number: 7 }];
    let _ = users::peek(&[7], "r");
    let _ = users::put("r", HashMap::new());
    let _ = by_parts::invalidate(&ids());
    let _ = by_parts(ids(), &[]);
    let _ = generic::keys(&[7_u8], 3);
    let _ = generic(&[7_u8], 3);
}
