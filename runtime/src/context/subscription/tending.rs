//! The tasks that bring the server up to date: one in each runtime that somebody listens in, while
//! anybody listens to anything.
//!
//! A runtime may end, or be one that nobody drives any more, and its task with it: so whoever waits
//! has one in his own.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::runtime::{self, Handle};

use super::channels::Subscriptions;
use super::turn::Next;
use crate::backend::{Backend, Resend};
use crate::context::Context;

/// How long a task waits after a failure before it tries again.
const PAUSE: Duration = Duration::from_millis(100);
/// How long one whose turn it is may take to say that he is there.
const GRACE: Duration = Duration::from_millis(50);

impl Subscriptions {
    /// Sees to it that a task of this runtime tends, and that all who tend look.
    pub(super) fn tend(self: &Arc<Self>, context: &Arc<Context>) {
        self.wanted.notify_waiters();
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let mut state = self.state();
        if state.tended_in.contains(&runtime.id()) {
            return;
        }
        state.tended_in.push(runtime.id());
        // A runtime that is ending drops the task here and now.
        drop(state);
        let tending = Tending {
            subscriptions: Arc::clone(self),
            runtime: Some(runtime.id()),
        };
        runtime.spawn(tend(tending, Arc::downgrade(context)));
    }
}

/// A task that tends. Should it end with its runtime, another is to be had by those who wait.
struct Tending {
    subscriptions: Arc<Subscriptions>,
    runtime: Option<runtime::Id>,
}

/// Brings the server up to date until nobody listens any more.
async fn tend(mut tending: Tending, context: Weak<Context>) {
    while let Some(runtime) = tending.runtime {
        let subscriptions = &tending.subscriptions;
        let wanted = subscriptions.wanted.notified();
        let next = subscriptions.next(runtime);
        let Some(context) = context.upgrade() else {
            return;
        };
        match next {
            Next::Speak(turn) => {
                let command = turn.command();
                let call = context.command_call(Resend::Idempotent);
                let answer = tokio::select! {
                    biased;
                    // Nothing more is said by whoever was overtaken.
                    () = turn.is_overtaken() => continue,
                    answer = context.backend.run(&command, &call) => answer,
                };
                if let Err(error) = turn.end(answer) {
                    tracing::debug!(%error, "a channel could not be subscribed to; it is tried again");
                    context.clock.sleep(PAUSE).await;
                }
            }
            Next::Watch(knock) => {
                let clock = context.clock.clone();
                drop(context);
                subscriptions.knocks.notify_waiters();
                tokio::select! {
                    biased;
                    () = wanted => {}
                    () = clock.sleep(GRACE) => subscriptions.overtake(&knock),
                }
            }
            Next::Wait => {
                // Not while it waits: the task must not keep the Larder alive.
                drop(context);
                wanted.await;
            }
            Next::End => tending.runtime = None,
        }
    }
}

impl Drop for Tending {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime else { return };
        let mut state = self.subscriptions.state();
        state.tended_in.retain(|other| *other != runtime);
        drop(state);
        self.subscriptions.done.notify_waiters();
    }
}
