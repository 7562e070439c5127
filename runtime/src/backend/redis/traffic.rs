//! How many requests are under way on one connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What those who ask on a connection and those who write to it know of each other.
#[derive(Debug, Clone, Default)]
pub(super) struct Traffic(Arc<AtomicUsize>);

/// A request that is under way, until this is dropped.
#[derive(Debug)]
pub(super) struct UnderWay<'traffic>(&'traffic AtomicUsize);

impl Traffic {
    /// One request more, which is about to be sent.
    pub(super) fn enter(&self) -> UnderWay<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        UnderWay(&self.0)
    }

    /// How many there are. It is told how others fare meanwhile, and nothing that has to be true.
    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
