//! For how long a permit is held.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::clock::{Clock, Moment};

/// How long nobody else has a permit, as far as this process knows, and when it is to be kept.
#[derive(Debug)]
pub(super) struct Tenure {
    lease: Duration,
    /// `None` before it is held, and when it is lost.
    term: Mutex<Option<Term>>,
    changed: Notify,
}

/// How long a permit is held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    /// Until when nobody else has this permit. It is counted from before the question was sent, so
    /// it comes before the server's.
    pub(super) until: Moment,
    /// When it is to be kept next.
    pub(super) due: Moment,
}

impl Tenure {
    /// One that has not begun.
    pub(super) fn new(lease: Duration) -> Self {
        Self {
            lease,
            term: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// Whether nobody else has it now.
    pub(super) fn is_held(&self, now: Moment) -> bool {
        self.term().is_some_and(|term| now < term.until)
    }

    /// The term at hand; nothing if it is over.
    pub(super) fn at_hand(&self) -> Option<Term> {
        *self.term()
    }

    /// It begins with what was sent at this moment.
    pub(super) fn begins(&self, sent: Moment) {
        let (until, due) = (self.until(sent), sent + self.lease / 3);
        *self.term() = Some(Term { until, due });
    }

    /// It goes on with what was sent at this moment; what is over stays over.
    pub(super) fn goes_on(&self, sent: Moment) {
        let until = self.until(sent);
        if let Some(term) = &mut *self.term() {
            term.until = term.until.max(until);
        }
        self.changed.notify_waiters();
    }

    /// It is over: the permit is lost, or given back.
    pub(super) fn end(&self) {
        *self.term() = None;
        self.changed.notify_waiters();
    }

    /// By when the server is to have answered who keeps the permit now; `None` if there is nothing
    /// to ask, because another has just asked or it is over.
    pub(super) fn begin_to_keep(&self, now: Moment) -> Option<Moment> {
        let mut held = self.term();
        let term = held.as_mut()?;
        if now >= term.until {
            *held = None;
            drop(held);
            self.changed.notify_waiters();
            return None;
        }
        if now < term.due {
            return None;
        }
        // The next question is due a third later, whatever becomes of this one.
        term.due = now + self.lease / 3;
        Some(term.due.min(term.until))
    }

    /// Ready when it is over.
    pub(super) async fn lost(&self, clock: &Clock) {
        loop {
            let changed = self.changed.notified();
            let Some(Term { until, .. }) = self.at_hand() else {
                return;
            };
            if clock.now() >= until {
                return;
            }
            // Whether it was kept or is lost, the next look tells.
            let _ = clock.timeout_at(until, changed).await;
        }
    }

    /// Until when it is surely held by what was sent then: clocks may run apart, and timers are
    /// late.
    fn until(&self, sent: Moment) -> Moment {
        sent + self.lease.saturating_sub(self.lease / 20)
    }

    fn term(&self) -> MutexGuard<'_, Option<Term>> {
        self.term.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
