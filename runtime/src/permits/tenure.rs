//! Until when a permit is held.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::clock::{Clock, Moment};

/// How long nobody else has a permit, as far as this process knows.
#[derive(Debug, Default)]
pub(super) struct Tenure {
    /// `None` when it is lost, or was never held.
    until: Mutex<Option<Moment>>,
    changed: Notify,
}

impl Tenure {
    /// Whether nobody else has it now.
    pub(super) fn is_held(&self, now: Moment) -> bool {
        self.until().is_some_and(|until| now < until)
    }

    /// When it ends if it is not kept; nothing if it has ended.
    pub(super) fn until(&self) -> Option<Moment> {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It is held until then.
    pub(super) fn lasts(&self, until: Moment) {
        self.set(Some(until));
    }

    /// It is lost, or given back.
    pub(super) fn end(&self) {
        self.set(None);
    }

    /// Ready when it is not held any more.
    pub(super) async fn lost(&self, clock: &Clock) {
        loop {
            let changed = self.changed.notified();
            let Some(until) = self.until() else { return };
            if clock.now() >= until {
                return;
            }
            // Whether it was kept or is lost, the next look tells.
            let _ = clock.timeout_at(until, changed).await;
        }
    }

    fn set(&self, until: Option<Moment>) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
        self.changed.notify_waiters();
    }
}
