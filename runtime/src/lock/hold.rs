//! What this process knows of a lock that it has.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::address::LockAddress;
use super::spec::LockPlacement;
use crate::clock::{Clock, Moment};
use crate::key::Key;

/// A lock that was taken. It is held until [`until`](State::until), which renewals move on.
#[derive(Debug)]
pub(super) struct Hold {
    pub(super) address: Arc<LockAddress>,
    /// What the holder is called on the server.
    pub(super) holder: String,
    pub(super) fence: u64,
    pub(super) lease: Duration,
    /// For how long after a renewal was sent it is surely held.
    pub(super) certain: Duration,
    pub(super) placement: LockPlacement,
    state: Mutex<State>,
    /// It is not held any more.
    lost: Notify,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    until: Moment,
    due: Moment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Held,
    /// The server says that the holder is not there.
    Lost,
    /// Given back.
    Left,
}

/// The parts of a [`Hold`] that do not change.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) address: Arc<LockAddress>,
    pub(super) holder: String,
    pub(super) fence: u64,
    pub(super) lease: Duration,
    pub(super) certain: Duration,
    pub(super) placement: LockPlacement,
}

impl Hold {
    /// A lock that was asked for at this moment.
    pub(super) fn new(taken: Taken, asked: Moment) -> Self {
        Self {
            state: Mutex::new(State {
                phase: Phase::Held,
                until: asked + taken.certain,
                due: asked + taken.lease / 3,
            }),
            address: taken.address,
            holder: taken.holder,
            fence: taken.fence,
            lease: taken.lease,
            certain: taken.certain,
            placement: taken.placement,
            lost: Notify::new(),
        }
    }

    pub(super) fn lock(&self) -> &Key {
        &self.address.lock
    }

    /// Whether nobody else can have it.
    pub(super) fn is_held(&self, now: Moment) -> bool {
        let state = self.state();
        state.phase == Phase::Held && now < state.until
    }

    /// Ready when it is not sure any more that nobody else has it.
    pub(super) async fn lost(&self, clock: &Clock) {
        loop {
            let mut lost = std::pin::pin!(self.lost.notified());
            // From here on no loss is missed.
            lost.as_mut().enable();
            let until = {
                let state = self.state();
                if state.phase != Phase::Held {
                    return;
                }
                state.until
            };
            if until <= clock.now() {
                return;
            }
            tokio::select! {
                biased;
                () = lost => {}
                () = clock.sleep_until(until) => {}
            }
        }
    }

    /// For how long it is surely held from now on.
    pub(super) fn left(&self, now: Moment) -> Duration {
        let state = self.state();
        match state.phase {
            Phase::Held => state.until.saturating_since(now),
            Phase::Lost | Phase::Left => Duration::ZERO,
        }
    }

    /// When it is to be renewed, if it is.
    pub(super) fn due(&self) -> Option<Moment> {
        let state = self.state();
        (state.phase == Phase::Held).then_some(state.due)
    }

    /// A renewal is sent now. If no answer comes, another one will be.
    pub(super) fn renewing(&self, now: Moment) {
        let mut state = self.state();
        if state.until <= now {
            state.phase = Phase::Lost;
        } else {
            state.due = now + self.lease / 6;
        }
    }

    /// The server has moved the end on, as it was asked to at this moment.
    pub(super) fn renewed(&self, sent: Moment) {
        let mut state = self.state();
        state.until = state.until.max(sent + self.certain);
        state.due = state.due.max(sent + self.lease / 3);
    }

    /// A renewal has failed, and the lock may be there all the same.
    pub(super) fn not_renewed(&self, now: Moment) {
        let mut state = self.state();
        state.due = state.due.min(now + self.lease / 20);
    }

    /// The server says that the holder is not there.
    pub(super) fn lose(&self) {
        let mut state = self.state();
        if state.phase == Phase::Held {
            state.phase = Phase::Lost;
            drop(state);
            self.lost.notify_waiters();
        }
    }

    /// It is being given back: nobody renews it any more.
    pub(super) fn leave(&self) {
        self.state().phase = Phase::Left;
        self.lost.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
