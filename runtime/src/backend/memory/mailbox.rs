//! Pushes on their way to a link's listeners.
//!
//! Pushes are put in while the server's state is locked, which orders them, and delivered after it
//! is unlocked. Whoever comes to deliver while somebody else does leaves its pushes to that one, so
//! the listeners hear all of them in order.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::sabotage::{Fate, Sabotage};
use crate::backend::{Listener, Push};
use crate::clock::Clock;

/// A link's pushes and who hears them.
#[derive(Debug, Default)]
pub(super) struct Mailbox(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    listeners: Vec<Listener>,
    waiting: VecDeque<Push>,
    is_being_delivered: bool,
    is_losing: bool,
    /// How long pushes are on their way.
    delay: Duration,
    sabotage: Sabotage,
}

impl Mailbox {
    /// An empty one, of a server that does this wrong.
    pub(super) fn new(sabotage: Sabotage) -> Self {
        Self(Mutex::new(Inner {
            sabotage,
            ..Inner::default()
        }))
    }

    pub(super) fn add_listener(&self, listener: Listener) {
        self.lock().listeners.push(listener);
    }

    /// Puts a push of the server in, unless the link loses such.
    pub(super) fn put(&self, push: Push) {
        let mut inner = self.lock();
        if inner.listeners.is_empty() {
            return;
        }
        let fate = if inner.is_losing {
            Fate::GetsLost
        } else {
            Fate::Arrives
        };
        inner.put(push, fate);
    }

    /// Puts in what the link itself has to say: that never gets lost.
    pub(super) fn put_own(&self, push: Push) {
        self.lock().put(push, Fate::Arrives);
    }

    /// From now on pushes of the server are lost, as are those still on their way.
    #[cfg(feature = "testing")]
    pub(super) fn lose_pushes(&self) {
        let mut inner = self.lock();
        inner.is_losing = true;
        inner.waiting.clear();
    }

    /// From now on pushes take this long.
    #[cfg(feature = "testing")]
    pub(super) fn delay_pushes(&self, by: Duration) {
        self.lock().delay = by;
    }

    /// From now on pushes arrive.
    #[cfg(feature = "testing")]
    pub(super) fn keep_pushes(&self) {
        self.lock().is_losing = false;
    }

    /// Has the pushes that wait delivered when they have been on their way for as long as they
    /// take.
    pub(super) fn send(self: Arc<Self>, clock: &Clock) {
        let delay = self.lock().delay;
        if delay.is_zero() {
            self.deliver();
            return;
        }
        let clock = clock.clone();
        tokio::spawn(async move {
            clock.sleep(delay).await;
            self.deliver();
        });
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
                // Said under the same lock that found nothing, so no push can slip in between and
                // stay.
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

impl Inner {
    fn put(&mut self, push: Push, fate: Fate) {
        if self.sabotage.of_push(&push, fate) == Fate::Arrives {
            self.waiting.push_back(push);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_is_heard_only_after_the_one_before_it() {
        let mailbox = Arc::<Mailbox>::default();
        let heard = Arc::<Mutex<Vec<&str>>>::default();
        let (other, ear) = (Arc::clone(&mailbox), Arc::clone(&heard));
        mailbox.add_listener(Listener::new(move |push| {
            let say = |words| ear.lock().unwrap().push(words);
            if *push == Push::InvalidatedAll {
                say("second");
                return;
            }
            say("first begins");
            // Somebody else comes with another push and wants to deliver it, while this one is
            // still being heard.
            let other = Arc::clone(&other);
            let deliverer = std::thread::spawn(move || {
                other.put(Push::InvalidatedAll);
                other.deliver();
            });
            deliverer.join().unwrap();
            say("first ends");
        }));
        mailbox.put(Push::Invalidated(Vec::new()));
        mailbox.deliver();
        assert_eq!(
            *heard.lock().unwrap(),
            ["first begins", "first ends", "second"]
        );
    }

    #[test]
    fn a_listener_that_panics_silences_nobody() {
        let mailbox = Arc::<Mailbox>::default();
        let heard = Arc::<Mutex<Vec<Push>>>::default();
        let ear = Arc::clone(&heard);
        mailbox.add_listener(Listener::new(move |push| {
            assert_ne!(*push, Push::InvalidatedAll, "this panic is meant");
            ear.lock().unwrap().push(push.clone());
        }));
        mailbox.put(Push::InvalidatedAll);
        let delivery = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| mailbox.deliver()));
        assert!(delivery.is_err());
        mailbox.put(Push::Invalidated(Vec::new()));
        mailbox.deliver();
        assert_eq!(*heard.lock().unwrap(), [Push::Invalidated(Vec::new())]);
    }
}
