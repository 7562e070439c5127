//! `cached` 4.1 in the memory of the process: `#[concurrent_cached]` as its README has it, bounded
//! and with an end as ours is, and without the bound.

use std::sync::Arc;

use cached::macros::concurrent_cached;

use crate::source::{self, User};

/// How rows name it.
pub(crate) const NAME: &str = "cached 4.1.0, in memory";

/// The function that is cached.
#[concurrent_cached(max_size = 100_000, ttl_secs = 300)]
pub(crate) async fn user(id: u64) -> User {
    source::load(id).await
}

/// The same, whose value is not copied.
#[concurrent_cached(max_size = 100_000, ttl_secs = 300)]
pub(crate) async fn shared_user(id: u64) -> Arc<User> {
    Arc::new(source::load(id).await)
}

/// The same without a bound on the memory.
#[concurrent_cached(ttl_secs = 300)]
pub(crate) async fn unbounded_user(id: u64) -> User {
    source::load(id).await
}

/// The same without a bound on the memory.
#[concurrent_cached(ttl_secs = 300)]
pub(crate) async fn unbounded_shared_user(id: u64) -> Arc<User> {
    Arc::new(source::load(id).await)
}
