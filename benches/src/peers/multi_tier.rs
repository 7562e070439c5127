//! `multi-tier-cache`, which has no attribute: a key and a closure at every call.

use std::sync::Arc;
use std::time::Duration;

use multi_tier_cache::{CacheStrategy, CacheSystem};

use crate::measure::Result;
use crate::source::{self, User};

/// What its functions are called with.
pub(crate) type Shared = Arc<CacheSystem>;

/// Connects it.
pub(crate) async fn connect(url: &str) -> Result<Shared> {
    Ok(Arc::new(CacheSystem::with_redis_url(url).await?))
}

/// The function that is cached.
pub(crate) async fn user(cache: &CacheSystem, id: u64) -> Result<User> {
    let strategy = CacheStrategy::Custom(Duration::from_mins(5));
    let load = || async move { Ok(source::load(id).await) };
    let user = cache
        .cache_manager()
        .get_or_compute_typed(&format!("users:{id}"), strategy, load)
        .await?;
    Ok(user)
}
