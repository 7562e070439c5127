//! The tasks that ask the server: one in each runtime that somebody waits in, while anybody waits.
//!
//! A runtime may end, or be one that nobody drives any more, and its task with it: so whoever waits
//! has one in his own. They share their answers, and none asks where another has just asked.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::runtime::{self, Handle};

use super::Lookout;
use crate::backend::{Backend, Call, Command, Resend};
use crate::clock::Moment;
use crate::context::{Context, budget};

/// A question that is under way.
type Question = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a task is to do.
enum Next {
    /// To ask the server, for so long.
    Ask(Duration),
    /// To wait until then.
    Wait(Moment),
    /// Nothing, since nobody waits.
    End,
}

/// A task that keeps the lookout. Should it end with its runtime, those who wait have another.
struct Keeping {
    lookout: Arc<Lookout>,
    runtime: Option<runtime::Id>,
}

impl Lookout {
    /// Sees to it that a task of this runtime keeps the lookout.
    pub(super) fn keep(self: &Arc<Self>, context: &Arc<Context>) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let mut state = self.state();
        if state.kept_in.contains(&runtime.id()) {
            return;
        }
        state.kept_in.push(runtime.id());
        // A runtime that is ending drops the task here and now.
        drop(state);
        let keeping = Keeping {
            lookout: Arc::clone(self),
            runtime: Some(runtime.id()),
        };
        runtime.spawn(keep(keeping, Arc::downgrade(context)));
    }

    /// What there is to do for the task of this runtime, which may have asked already. If that is
    /// nothing, the task has ended for everybody else.
    fn next(&self, runtime: runtime::Id, question: Option<&Question>) -> Next {
        let now = self.clock.now();
        let mut state = self.state();
        let Some(smallest) = state.silence.smallest() else {
            state.kept_in.retain(|other| *other != runtime);
            return Next::End;
        };
        let usable = budget::usable(smallest);
        let mut until = now + usable;
        if question.is_none() {
            let due = state.silence.next_question(smallest);
            if due <= now {
                state.silence.asks(now);
                return Next::Ask(usable);
            }
            until = due;
        }
        let end = state.silence.next_end(now);
        Next::Wait(end.map_or(until, |end| end.min(until)))
    }

    /// Has those look for whom the silence may have lasted too long.
    fn tell(&self) {
        let now = self.clock.now();
        let state = self.state();
        let smallest = state.silence.smallest();
        let end = smallest.and_then(|smallest| state.silence.end(smallest));
        drop(state);
        if end.is_some_and(|end| end <= now) {
            self.told.notify_waiters();
        }
    }
}

async fn keep(mut keeping: Keeping, context: Weak<Context>) {
    let mut question = None;
    while let Some(runtime) = keeping.runtime {
        let lookout = &keeping.lookout;
        let hurry = lookout.hurry.notified();
        // Somebody else was answered: nobody waits for this answer any more.
        if lookout.state().silence.is_over() {
            question = None;
        }
        match lookout.next(runtime, question.as_ref()) {
            Next::Ask(within) => {
                let Some(context) = context.upgrade() else {
                    return;
                };
                question = Some(Box::pin(ask(context, within)) as Question);
            }
            Next::Wait(until) => tokio::select! {
                biased;
                () = is_over(&mut question) => question = None,
                () = lookout.clock.sleep_until(until) => lookout.tell(),
                () = hurry => {}
            },
            Next::End => keeping.runtime = None,
        }
    }
}

/// Ready when the question is, if there is one.
async fn is_over(question: &mut Option<Question>) {
    match question {
        Some(question) => question.await,
        None => std::future::pending().await,
    }
}

/// Asks whether the server is there. A refusal is no answer that anybody could go on waiting with.
async fn ask(context: Arc<Context>, within: Duration) {
    let call = Call {
        deadline: context.clock.now() + within,
        resend: Resend::Never,
    };
    let answer = context.backend.run(&Command::new("PING"), &call).await;
    if answer.is_ok() {
        let now = context.clock.now();
        context.lookout.state().silence.is_broken(now);
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime else { return };
        let mut state = self.lookout.state();
        state.kept_in.retain(|other| *other != runtime);
        drop(state);
        self.lookout.told.notify_waiters();
    }
}
