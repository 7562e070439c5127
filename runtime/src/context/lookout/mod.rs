//! Whether the server is still there, while anybody waits for what it would tell: who waits on a
//! dead connection would wait for ever.
//!
//! It is asked by `PING`, often enough for the smallest of the budgets of those who wait, and one
//! answer is good for all of them. Each goes on when his own budget has passed without any.

mod keeping;
mod silence;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime;
use tokio::sync::Notify;

use super::Context;
use crate::clock::Clock;
use silence::Silence;

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

/// Somebody who waits; until he is dropped.
#[derive(Debug)]
pub(super) struct Vigil {
    context: Arc<Context>,
    budget: Duration,
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

impl Vigil {
    pub(super) fn new(context: &Arc<Context>, budget: Duration) -> Self {
        let lookout = &context.lookout;
        let smallest = lookout.state().silence.begin(budget, lookout.clock.now());
        if smallest == budget {
            lookout.hurry.notify_waiters();
        }
        Self {
            context: Arc::clone(context),
            budget,
        }
    }

    /// Ready when the server has answered nobody for as long as the budget says.
    pub(super) async fn silence(&self) {
        let lookout = &self.context.lookout;
        loop {
            lookout.keep(&self.context);
            let told = lookout.told.notified();
            let end = lookout.state().silence.end(self.budget);
            if end.is_some_and(|end| end <= lookout.clock.now()) {
                return;
            }
            told.await;
        }
    }

    /// The server has answered this one.
    pub(super) fn was_answered(&self) {
        let lookout = &self.context.lookout;
        lookout.state().silence.is_broken(lookout.clock.now());
        // What is asked just now is worth nothing any more.
        lookout.hurry.notify_waiters();
    }
}

impl Drop for Vigil {
    fn drop(&mut self) {
        self.context.lookout.state().silence.leave(self.budget);
    }
}
