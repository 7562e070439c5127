//! What every cached function here loads: the same value from the same slow source, whichever
//! library caches it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hitbox_fn::CacheableResponse;
use serde::{Deserialize, Serialize};

/// A small record, as services cache them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, CacheableResponse)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) roles: Vec<String>,
}

static LOADS: AtomicU64 = AtomicU64::new(0);
static SLOWNESS_MILLIS: AtomicU64 = AtomicU64::new(0);

/// Loads one, and counts it.
pub(crate) async fn load(id: u64) -> User {
    LOADS.fetch_add(1, Ordering::Relaxed);
    let slowness = SLOWNESS_MILLIS.load(Ordering::Relaxed);
    if slowness > 0 {
        tokio::time::sleep(Duration::from_millis(slowness)).await;
    }
    User {
        id,
        name: format!("user {id}"),
        email: format!("user-{id}@example.com"),
        roles: ["reader", "writer", "auditor"].map(str::to_owned).into(),
    }
}

/// How long a load takes from now on; at first it takes no time.
pub(crate) fn take(slowness: Duration) {
    SLOWNESS_MILLIS.store(slowness.as_millis() as u64, Ordering::Relaxed);
}

/// How often anything was loaded since the last time that this was asked.
pub(crate) fn loads() -> u64 {
    LOADS.swap(0, Ordering::Relaxed)
}
