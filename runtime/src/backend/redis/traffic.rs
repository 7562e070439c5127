//! What goes on on one connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What those who ask on a connection and those who read and write it know of each other.
#[derive(Debug, Clone)]
pub(super) struct Traffic(Arc<Signs>);

#[derive(Debug)]
struct Signs {
    under_way: AtomicUsize,
    /// Whether anything came in since this was last asked.
    heard: AtomicBool,
}

/// A request that is under way, until this is dropped.
#[derive(Debug)]
pub(super) struct UnderWay<'traffic>(&'traffic AtomicUsize);

impl Traffic {
    /// One request more, which is about to be sent.
    pub(super) fn enter(&self) -> UnderWay<'_> {
        self.0.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(&self.0.under_way)
    }

    /// How many there are. It is told how others fare meanwhile, and nothing that has to be true.
    pub(super) fn count(&self) -> usize {
        self.0.under_way.load(Ordering::Relaxed)
    }

    /// Notes that bytes came in: part of a long reply shows as well that the server lives.
    pub(super) fn hear(&self) {
        self.0.heard.store(true, Ordering::Relaxed);
    }

    /// Whether anything came in since this was last asked.
    pub(super) fn take_heard(&self) -> bool {
        self.0.heard.swap(false, Ordering::Relaxed)
    }
}

impl Default for Traffic {
    /// A new connection counts as heard.
    fn default() -> Self {
        Self(Arc::new(Signs {
            under_way: AtomicUsize::new(0),
            heard: AtomicBool::new(true),
        }))
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
