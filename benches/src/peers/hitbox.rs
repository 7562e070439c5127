//! `hitbox-fn` on Redis, with the manager that merges concurrent loads of a process: without it
//! nothing is merged.

use std::sync::Arc;
use std::time::Duration;

use hitbox::concurrency::BroadcastConcurrencyManager;
use hitbox::policy::{ConcurrencyLimit, PolicyConfig};
use hitbox_fn::{Cache, cached};
use hitbox_redis::{ConnectionMode, RedisBackend};

use crate::measure::Result;
use crate::source::{self, User};

/// How rows name it.
pub(crate) const NAME: &str = "hitbox-fn 0.2.1";

type Loaded = std::result::Result<User, String>;

/// What its functions are called with.
pub(crate) type Shared = Arc<Cache<RedisBackend, BroadcastConcurrencyManager<Loaded>>>;

/// Says where the store is; it connects at its first call.
pub(crate) fn connect(url: &str) -> Result<Shared> {
    let backend = RedisBackend::builder()
        .connection(ConnectionMode::single(url))
        .build()?;
    let policy = PolicyConfig::builder()
        .ttl(Duration::from_mins(5))
        .concurrency(ConcurrencyLimit::const_new::<1>())
        .build();
    let cache = Cache::builder()
        .backend(backend)
        .policy(policy)
        .concurrency_manager(BroadcastConcurrencyManager::new())
        .build();
    Ok(Arc::new(cache))
}

/// The function that is cached: `user(id).cache(&cache).await`.
#[cached(prefix = "users")]
pub(crate) async fn user(id: u64) -> Loaded {
    Ok(source::load(id).await)
}
