//! Where cached functions load from: a database of one number, which says when it is asked and can
//! be held.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Semaphore;

/// A database of one number.
#[derive(Debug)]
pub(crate) struct Source {
    value: AtomicU64,
    loads: AtomicU64,
    begun: Semaphore,
    gate: Semaphore,
}

/// More than any case ever lets pass.
const EVERYBODY: usize = Semaphore::MAX_PERMITS / 4;

impl Source {
    /// A source that answers at once.
    pub(crate) fn open(value: u64) -> Arc<Self> {
        Self::with_gate(value, EVERYBODY)
    }

    /// A source that answers nobody until it is [`release`](Self::release)d.
    pub(crate) fn held(value: u64) -> Arc<Self> {
        Self::with_gate(value, 0)
    }

    fn with_gate(value: u64, permits: usize) -> Arc<Self> {
        Arc::new(Self {
            value: AtomicU64::new(value),
            loads: AtomicU64::new(0),
            begun: Semaphore::new(0),
            gate: Semaphore::new(permits),
        })
    }

    /// Reads the number at once, and answers when the gate is open: what a slow query does.
    pub(crate) async fn load(&self) -> u64 {
        let value = self.value.load(Ordering::SeqCst);
        self.loads.fetch_add(1, Ordering::SeqCst);
        self.begun.add_permits(1);
        let _pass = self.gate.acquire().await.expect("never closed");
        value
    }

    /// Waits until one more load has begun.
    pub(crate) async fn load_begins(&self) {
        self.begun.acquire().await.expect("never closed").forget();
    }

    /// Lets everybody pass from now on.
    pub(crate) fn release(&self) {
        self.gate.add_permits(EVERYBODY);
    }

    /// Changes the number.
    pub(crate) fn change(&self, value: u64) {
        self.value.store(value, Ordering::SeqCst);
    }

    /// How many loads have begun.
    pub(crate) fn loads(&self) -> u64 {
        self.loads.load(Ordering::SeqCst)
    }
}
