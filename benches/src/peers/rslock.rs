//! `rslock` on one server, as its documentation sets it up.

use std::time::Duration;

use rslock::{LockGuard, LockManager};

use crate::measure::Result;

/// How rows name it.
pub(crate) const NAME: &str = "rslock 0.10.0";

/// Locks of one server.
#[derive(Clone)]
pub(crate) struct RsLock(LockManager);

impl RsLock {
    /// It connects when it is first asked.
    pub(crate) fn new(url: &str) -> Self {
        Self(LockManager::new(vec![url]))
    }

    /// Waits for the lock.
    pub(crate) async fn acquire(&self, key: u64, lease: Duration) -> Result<LockGuard> {
        Ok(self.0.acquire(name(key).as_bytes(), lease).await?)
    }

    /// Whether the lock can be had within the tries that it makes by itself.
    pub(crate) async fn is_free(&self, key: u64, lease: Duration) -> bool {
        self.0.lock(name(key).as_bytes(), lease).await.is_ok()
    }

    /// Extends it, as a holder does who works for longer than the lease.
    pub(crate) async fn extend(&self, guard: &LockGuard, lease: Duration) -> Result<()> {
        self.0.extend(&guard.lock, lease).await?;
        Ok(())
    }
}

fn name(key: u64) -> String {
    format!("peer:{key}")
}
