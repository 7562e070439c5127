//! Pushes on their way to a link's listeners.
//!
//! Pushes are put in while the server's state is locked, which orders them, and delivered after it is unlocked. Whoever comes to
//! deliver while somebody else does leaves its pushes to that one, so the listeners hear all of them in order.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::backend::{Listener, Push};

/// A link's pushes and who hears them.
#[derive(Debug, Default)]
pub(super) struct Mailbox(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    listeners: Vec<Listener>,
    waiting: VecDeque<Push>,
    is_being_delivered: bool,
    is_losing: bool,
}

impl Mailbox {
    pub(super) fn add_listener(&self, listener: Listener) {
        self.lock().listeners.push(listener);
    }

    /// Puts a push of the server in, unless the link loses such.
    pub(super) fn put(&self, push: Push) {
        let mut inner = self.lock();
        if !inner.is_losing && !inner.listeners.is_empty() {
            inner.waiting.push_back(push);
        }
    }

    /// Puts in what the link itself has to say: that never gets lost.
    #[cfg(feature = "testing")]
    pub(super) fn put_own(&self, push: Push) {
        self.lock().waiting.push_back(push);
    }

    /// From now on pushes of the server are lost, as are those still on their way.
    #[cfg(feature = "testing")]
    pub(super) fn lose_pushes(&self) {
        let mut inner = self.lock();
        inner.is_losing = true;
        inner.waiting.clear();
    }

    /// From now on pushes arrive.
    #[cfg(feature = "testing")]
    pub(super) fn keep_pushes(&self) {
        self.lock().is_losing = false;
    }

    /// Calls the listeners for each push that waits. Must be called without any lock held.
    pub(super) fn deliver(&self) {
        {
            let mut inner = self.lock();
            if inner.is_being_delivered || inner.waiting.is_empty() {
                return;
            }
            inner.is_being_delivered = true;
        }
        let _turn = DeliveryTurn(self);
        loop {
            let mut inner = self.lock();
            let Some(push) = inner.waiting.pop_front() else {
                // Said under the same lock that found nothing, so no push can slip in between and stay.
                inner.is_being_delivered = false;
                return;
            };
            let listeners = inner.listeners.clone();
            drop(inner);
            for listener in &listeners {
                listener.hear(&push);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the turn back when a listener panics.
struct DeliveryTurn<'mailbox>(&'mailbox Mailbox);

impl Drop for DeliveryTurn<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().is_being_delivered = false;
        }
    }
}
