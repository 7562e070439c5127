//! Whether the server is still there, while anybody waits for what it would tell: who waits on a
//! dead connection would wait for ever.
//!
//! It is asked by `PING`, often enough for the smallest of the budgets of those who wait, and one
//! answer is good for all of them. Each goes on when his own budget has passed without any.

mod keeping;
mod silence;
mod vigil;

#[cfg(test)]
mod tests;

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::runtime;
use tokio::sync::Notify;

use crate::clock::Clock;
use silence::Silence;
pub(super) use vigil::Vigil;

/// Who waits, and what is known of the server.
#[derive(Debug)]
pub(super) struct Lookout {
    clock: Clock,
    state: Mutex<State>,
    /// There may be something to do for those who keep the lookout.
    hurry: Notify,
    /// There may be something to know for those who wait.
    told: Notify,
}

#[derive(Debug)]
struct State {
    silence: Silence,
    /// In which runtimes a task keeps the lookout.
    kept_in: Vec<runtime::Id>,
}

impl Lookout {
    pub(super) fn new(clock: Clock) -> Self {
        let state = State {
            silence: Silence::new(clock.now()),
            kept_in: Vec::new(),
        };
        Self {
            clock,
            state: Mutex::new(state),
            hurry: Notify::new(),
            told: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
