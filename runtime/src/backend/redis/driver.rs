//! The task that reads and writes one connection.

use std::future::Future;
use std::sync::Arc;

use tokio::task::{AbortHandle, JoinHandle};

use super::failure::Loss;
use super::slot::Slot;

/// A running connection. Dropping it ends the connection, so that a set-up given up half way leaves
/// nothing behind.
#[derive(Debug)]
pub(super) struct Driver(JoinHandle<()>);

impl Driver {
    /// Runs `io`, and tells the slot when the connection ends: because it returned, panicked, or
    /// was aborted.
    pub(super) fn start(
        io: impl Future<Output = ()> + Send + 'static,
        generation: u64,
        slot: Arc<Slot>,
    ) -> Self {
        let end = End { slot, generation };
        Self(tokio::spawn(async move {
            let _end = end;
            io.await;
        }))
    }

    /// What cuts the connection.
    pub(super) fn abort_handle(&self) -> AbortHandle {
        self.0.abort_handle()
    }

    /// Ready when the connection has ended by itself: nobody holds it any more and every reply
    /// came.
    pub(super) async fn ended(&mut self) {
        let _ = (&mut self.0).await;
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct End {
    slot: Arc<Slot>,
    generation: u64,
}

impl Drop for End {
    fn drop(&mut self) {
        self.slot.lose(self.generation, Loss::Dropped);
    }
}
