//! One who waits for what the server would tell.

use std::sync::Arc;
use std::time::Duration;

use crate::context::Context;

/// Somebody who waits; until he is dropped.
#[derive(Debug)]
pub(in crate::context) struct Vigil {
    context: Arc<Context>,
    budget: Duration,
}

impl Vigil {
    pub(in crate::context) fn new(context: &Arc<Context>, budget: Duration) -> Self {
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
    pub(in crate::context) async fn silence(&self) {
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
    pub(in crate::context) fn was_answered(&self) {
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
