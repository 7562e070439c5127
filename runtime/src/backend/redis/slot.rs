//! The place of the live connection: every call reads it, and only here it changes.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use arc_swap::{ArcSwap, ArcSwapOption};
use tokio::sync::Notify;

use super::failure::Loss;
use super::link::Link;
use crate::backend::{Listener, Push};
use crate::error::{Error, ErrorKind, Result};

/// The live connection, if there is one, and those who listen to it.
///
/// A call that finds no connection fails at once: it never waits for one. That is the circuit
/// breaker in its first form.
pub(super) struct Slot {
    /// The server's address as it may be shown.
    server: String,
    link: ArcSwapOption<Link>,
    /// Held while the connection changes and while listeners are told, so that they hear everything
    /// in order.
    change: Mutex<Change>,
    listeners: ArcSwap<Vec<Listener>>,
    /// Why there is no connection.
    reason: ArcSwapOption<String>,
    generation: AtomicU64,
    end: OnceLock<End>,
    /// Wakes the keeper.
    alarm: Notify,
    /// Wakes those who wait for the first attempt to connect.
    tried: Notify,
}

#[derive(Debug)]
struct Change {
    /// The connection that is in place.
    current: Option<u64>,
    /// The newest connection that is known to be lost, and why.
    ended: u64,
    loss: Loss,
}

/// Why there will be no connection any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// That was asked for.
    Closed,
    /// Nobody keeps it any more: the runtime has ended that the keeper ran in.
    Abandoned,
}

impl Slot {
    /// No connection yet.
    pub(super) fn new(server: String) -> Self {
        Self {
            server,
            link: ArcSwapOption::empty(),
            change: Mutex::new(Change {
                current: None,
                ended: 0,
                loss: Loss::Dropped,
            }),
            listeners: ArcSwap::default(),
            reason: ArcSwapOption::empty(),
            generation: AtomicU64::new(0),
            end: OnceLock::new(),
            alarm: Notify::new(),
            tried: Notify::new(),
        }
    }

    /// The server's address as it may be shown.
    pub(super) fn server(&self) -> &str {
        &self.server
    }

    /// The live connection, or at once the error that there is none.
    pub(super) fn link(&self, operation: &'static str) -> Result<Arc<Link>> {
        self.link.load_full().ok_or_else(|| self.absence(operation))
    }

    /// The live connection.
    pub(super) fn current(&self) -> Option<Arc<Link>> {
        self.link.load_full()
    }

    /// The number of the newest connection; 0 before the first.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Puts a new connection in place, unless it ended already or no connection is wanted any more.
    pub(super) fn put(&self, link: Arc<Link>) {
        let mut change = self.lock();
        let generation = link.generation();
        if change.ended >= generation || self.end.get().is_some() {
            return;
        }
        change.current = Some(generation);
        self.generation.store(generation, Ordering::Release);
        self.link.store(Some(link));
        self.reason.store(None);
        // Whoever hears of the connection can use it: to subscribe, for one. No push that comes on
        // it is told before.
        self.tell(&Push::Connected);
        self.tried.notify_waiters();
    }

    /// Takes a connection out of its place. Calls fail from this moment on, and those that wait on
    /// it are told.
    pub(super) fn lose(&self, generation: u64, loss: Loss) {
        let mut change = self.lock();
        if change.ended >= generation {
            return;
        }
        change.ended = generation;
        change.loss = loss;
        if change.current == Some(generation) {
            change.current = None;
            self.reason.store(Some(Arc::new(loss.to_string())));
            let link = self.link.swap(None);
            self.tell(&Push::Disconnected);
            if let Some(link) = link {
                link.cut();
            }
        }
        drop(change);
        self.alarm.notify_one();
    }

    /// Why a connection was lost, if it was.
    pub(super) fn loss_of(&self, generation: u64) -> Option<Loss> {
        let change = self.lock();
        (change.ended >= generation).then_some(change.loss)
    }

    /// Has the keeper find out whether a connection still lives.
    pub(super) fn suspect(&self, link: &Link) {
        if link.suspect() {
            self.alarm.notify_one();
        }
    }

    /// Ready when there is something for the keeper to look at.
    pub(super) async fn alarm(&self) {
        self.alarm.notified().await;
    }

    /// Notes why no connection could be made.
    pub(super) fn explain(&self, reason: &str) {
        self.reason.store(Some(Arc::new(reason.to_owned())));
        self.tried.notify_waiters();
    }

    /// Ready when there is a connection, or it is known why there is none: at once, save before the
    /// end of the first attempt to connect.
    pub(super) async fn is_tried(&self) {
        loop {
            let tried = self.tried.notified();
            let is_known = self.reason.load().is_some() || self.end.get().is_some();
            if is_known || self.link.load().is_some() {
                return;
            }
            tried.await;
        }
    }

    /// No connection from now on, for the reason that is given first. Calls that wait on the present
    /// one get their replies still.
    pub(super) fn end(&self, end: End) {
        let mut change = self.lock();
        let _ = self.end.set(end);
        self.tried.notify_waiters();
        if change.current.take().is_some() {
            self.link.store(None);
            self.tell(&Push::Disconnected);
        }
    }

    /// Has `listener` told of every push from now on.
    pub(super) fn listen(&self, listener: &Listener) {
        self.listeners.rcu(|listeners| {
            let mut listeners = Vec::clone(listeners);
            listeners.push(listener.clone());
            listeners
        });
    }

    /// Hands on a push, if it came on the connection that is in place.
    pub(super) fn hear(&self, generation: u64, push: &Push) {
        let change = self.lock();
        if change.current == Some(generation) {
            self.tell(push);
        }
    }

    /// Hands on a push that came on another connection.
    pub(super) fn pass_on(&self, push: &Push) {
        let _in_order = self.lock();
        self.tell(push);
    }

    fn tell(&self, push: &Push) {
        for listener in self.listeners.load().iter() {
            listener.hear(push);
        }
    }

    fn absence(&self, operation: &'static str) -> Error {
        if let Some(end) = self.end.get() {
            return Error::new(ErrorKind::Closed, operation, end.message());
        }
        let error = Error::new(
            ErrorKind::Unreachable,
            operation,
            "there is no connection to the server just now",
        )
        .with("server", &self.server)
        .unsent();
        match &*self.reason.load() {
            Some(reason) => error.with("because", reason),
            None => error,
        }
    }

    /// A listener that panicked leaves nothing half done here.
    fn lock(&self) -> MutexGuard<'_, Change> {
        self.change.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl End {
    fn message(self) -> &'static str {
        match self {
            Self::Closed => "this Larder was closed",
            Self::Abandoned => {
                "the runtime that this Larder was made in has ended: make it in the runtime that lives as long as the program"
            }
        }
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("server", &self.server)
            .field("link", &self.link.load())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot() -> Slot {
        Slot::new("redis://localhost:6379/0".to_owned())
    }

    #[test]
    fn without_a_connection_the_error_says_why_and_after_the_end_that_it_is_over() {
        let slot = slot();
        slot.explain("the host's name cannot be resolved");
        let error = slot.link("GET").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable);
        assert_eq!(error.operation(), "GET");
        assert!(error.to_string().contains("cannot be resolved"), "{error}");
        assert!(error.to_string().contains("localhost:6379"), "{error}");

        slot.end(End::Closed);
        slot.end(End::Abandoned);
        let error = slot.link("GET").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
        assert_eq!(error.message(), "this Larder was closed");
    }

    #[test]
    fn pushes_of_a_connection_that_is_not_in_place_are_not_heard() {
        let slot = slot();
        slot.listen(&Listener::new(|push| panic!("heard {push:?}")));
        slot.hear(1, &Push::InvalidatedAll);
        slot.lose(1, Loss::Dropped);
        slot.hear(1, &Push::InvalidatedAll);
    }

    #[test]
    fn the_first_reason_of_a_loss_is_the_one_that_counts() {
        let slot = slot();
        assert_eq!(slot.loss_of(1), None);
        slot.lose(1, Loss::ReadOnly);
        slot.lose(1, Loss::Dropped);
        assert_eq!(slot.loss_of(1), Some(Loss::ReadOnly));
        assert_eq!(slot.loss_of(2), None);
    }
}
