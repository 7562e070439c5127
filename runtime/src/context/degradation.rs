//! What is not as it should be just now. Logged once per change of state, and shown by `health()`.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::error::Error;

/// Whether the backend can be asked, as calls have found it.
#[derive(Debug, Default)]
pub(crate) struct Degradation {
    away: AtomicBool,
    /// Whether the server answers, and takes no writes because it is full.
    full: AtomicBool,
    untracked: AtomicBool,
    /// How often it has changed for the worse.
    outages: AtomicU64,
}

impl Degradation {
    /// A call could not ask the backend.
    pub(crate) fn failed(&self, error: &Error) {
        if error.is_of_full_server() {
            self.refused(error);
        } else if !self.away.swap(true, Ordering::Relaxed) {
            self.outages.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(
                %error,
                "the backend cannot be asked: cached functions and rate limits do as their \
                 on_error says"
            );
        }
    }

    /// A call could write nothing. Reads are answered meanwhile, so they say nothing of its end.
    fn refused(&self, error: &Error) {
        if !self.full.swap(true, Ordering::Relaxed) {
            self.outages.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(
                %error,
                "the server is full and refuses writes: what is loaded is not stored, and rate \
                 limits do as their on_error says"
            );
        }
    }

    /// A call has written something that a full server refuses. (One that first makes room for
    /// itself proves nothing: what a permit takes, for one.)
    pub(crate) fn wrote(&self) {
        self.answered();
        if self.full.load(Ordering::Relaxed) && self.full.swap(false, Ordering::Relaxed) {
            tracing::info!("the server takes writes again");
        }
    }

    /// Whether the server is full and takes no writes.
    pub(crate) fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// A call has asked the backend and got an answer.
    pub(crate) fn answered(&self) {
        if self.away.load(Ordering::Relaxed) && self.away.swap(false, Ordering::Relaxed) {
            tracing::info!("the backend answers again");
        }
    }

    /// The server refuses to tell when a key changes.
    pub(crate) fn without_tracking(&self) {
        if !self.untracked.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "the server refuses CLIENT TRACKING: waiting calls look again at growing intervals, and nothing is kept in the local tier"
            );
        }
    }

    /// The server tells when a key changes.
    pub(crate) fn with_tracking(&self) {
        if self.is_untracked() && self.untracked.swap(false, Ordering::Relaxed) {
            tracing::info!("the server takes CLIENT TRACKING again");
        }
    }

    /// Whether waiting calls have to look again and again.
    pub(crate) fn is_untracked(&self) -> bool {
        self.untracked.load(Ordering::Relaxed)
    }

    /// How often the backend went away.
    pub(crate) fn outages(&self) -> u64 {
        self.outages.load(Ordering::Relaxed)
    }
}
