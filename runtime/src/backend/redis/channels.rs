//! The connection of the subscriptions, made when the first is asked for.
//!
//! A server closes a connection that is subscribed to anything when more replies wait for it than
//! `client-output-buffer-limit pubsub` allows, by default 8 MiB for a minute or 32 MiB at once. A few
//! large values do that, so no subscription is made on the connection that all calls share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::runtime::Handle;

use super::failure::Loss;
use super::kept::Kept;
use super::purpose::Purpose;
use super::slot::Slot;
use crate::backend::{Listener, Push};
use crate::error::Result;

/// The connection of the subscriptions, once there was one.
#[derive(Debug)]
pub(super) struct Channels {
    kept: OnceLock<Kept>,
    /// Beside which connection of the calls it was last asked for.
    beside: AtomicU64,
    runtime: Handle,
}

impl Channels {
    /// No connection yet; it will belong to this runtime.
    pub(super) fn new(runtime: Handle) -> Self {
        Self {
            kept: OnceLock::new(),
            beside: AtomicU64::new(0),
            runtime,
        }
    }

    /// The runtime that it belongs to.
    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// The connection to the server that `calls` are sent to. Whoever asks first has it made, and
    /// waits for the first attempt. While nothing can be called there is nothing to subscribe to.
    ///
    /// Once the calls have another connection, which may lead to another server, so has this.
    pub(super) async fn beside(&self, calls: &Kept, operation: &'static str) -> Result<&Kept> {
        let generation = calls.slot().link(operation)?.generation();
        let kept = self.kept.get_or_init(|| self.start(calls));
        let before = self.beside.swap(generation, Ordering::AcqRel);
        if before != 0 && before != generation {
            let slot = kept.slot();
            slot.lose(slot.generation(), Loss::LeftBehind);
        }
        kept.slot().is_tried().await;
        Ok(kept)
    }

    /// Ends the connection.
    pub(super) async fn close(&self) {
        if let Some(kept) = self.kept.get() {
            kept.close().await;
        }
    }

    fn start(&self, calls: &Kept) -> Kept {
        let dialer = calls.dialer().again();
        dialer.slot().listen(&pass_on(Arc::clone(calls.slot())));
        Kept::start(&self.runtime, dialer, Purpose::Subscriptions, None)
    }
}

/// Tells those who listen to the calls' connection what comes in on this one. That it is lost, or
/// made anew, says nothing about what is tracked on the other.
fn pass_on(listeners: Arc<Slot>) -> Listener {
    Listener::new(move |push| match push {
        Push::Connected | Push::Disconnected => listeners.pass_on(&Push::Unsubscribed),
        Push::Message { .. } => listeners.pass_on(push),
        _ => {}
    })
}
