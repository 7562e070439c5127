//! `cached` 4.1 on Redis. What `redis = true` does, with the address given in place of an
//! environment variable.

use std::sync::OnceLock;
use std::time::Duration;

use cached::AsyncRedisCache;
use cached::macros::concurrent_cached;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::measure::Result;
use crate::source::{self, User};

/// How rows name it.
pub(crate) const NAME: &str = "cached 4.1.0";

/// Where the store is, which each function connects with at its first call.
static URL: OnceLock<String> = OnceLock::new();

/// Says where the store is, for the rest of the process.
pub(crate) fn connect(url: &str) -> Result<()> {
    URL.set(url.to_owned())
        .map_err(|_| "cached has its address already".into())
}

fn url() -> &'static str {
    URL.get().map_or("redis://nowhere.invalid", String::as_str)
}

/// A store of this name, as the attribute makes it.
#[allow(
    clippy::expect_used,
    reason = "what the attribute itself does with a server that is not there"
)]
pub(crate) async fn store<V>(name: &str) -> AsyncRedisCache<u64, V>
where
    V: Serialize + DeserializeOwned + Send + Sync,
{
    let store = AsyncRedisCache::builder(name).ttl(Duration::from_mins(5));
    store
        .connection_string(url())
        .build()
        .await
        .expect("a server")
}

/// The same with a connection that comes back.
#[allow(clippy::expect_used, reason = "as above")]
async fn managed_store(name: &str) -> AsyncRedisCache<u64, User> {
    let store = AsyncRedisCache::builder(name).ttl(Duration::from_mins(5));
    let store = store.connection_string(url()).connection_manager(true);
    store.build().await.expect("a server")
}

/// The function that is cached.
#[concurrent_cached(
    map_error = |error| format!("{error:?}"),
    ty = "AsyncRedisCache<u64, User>",
    create = r#" { store("users").await } "#
)]
pub(crate) async fn user(id: u64) -> std::result::Result<User, String> {
    Ok(source::load(id).await)
}

/// The same with a connection that comes back.
#[concurrent_cached(
    map_error = |error| format!("{error:?}"),
    ty = "AsyncRedisCache<u64, User>",
    create = r#" { managed_store("managed_users").await } "#
)]
pub(crate) async fn managed_user(id: u64) -> std::result::Result<User, String> {
    Ok(source::load(id).await)
}
