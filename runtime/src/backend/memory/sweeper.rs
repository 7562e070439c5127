//! When the task that ends keys gets up.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;

use super::expiry::Millis;

/// What the task and those who wake it share.
#[derive(Debug)]
pub(super) struct Sweeper {
    pub(super) wake: Notify,
    pub(super) is_running: AtomicBool,
    /// When the task means to get up; the end of time if it waits to be woken.
    pub(super) sleeps_until: AtomicU64,
}

impl Default for Sweeper {
    fn default() -> Self {
        Self {
            wake: Notify::new(),
            is_running: AtomicBool::new(false),
            sleeps_until: AtomicU64::new(Millis::MAX),
        }
    }
}

impl Sweeper {
    /// Wakes the task if a key now ends before it means to get up.
    pub(super) fn expect(&self, next_due: Option<Millis>) {
        if next_due.is_some_and(|due| due < self.sleeps_until.load(Ordering::Acquire)) {
            self.wake();
        }
    }

    /// Wakes the task.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }
}
