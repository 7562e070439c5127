//! One timer for all calls that wait.
//!
//! Nearly every call is answered long before its deadline, so a timer of its own is set up and
//! taken down for nothing, under a lock that all tasks of the runtime share. Here who waits leaves
//! his deadline and his waker, and one task, the *keeper*, sleeps until the first deadline that it
//! knows of. Then it wakes whoever is due, and looks for the next: a few times in the longest of
//! the deadlines, however many calls came and went meanwhile.
//!
//! A runtime that nobody drives wakes nobody, so the keeper is trusted by callers of its own
//! runtime only: whoever waits in another has a timer there.

#[cfg(test)]
mod tests;

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as Task, Poll, Waker};

use slab::Slab;
use tokio::runtime::{self, Handle};
use tokio::sync::Notify;

use crate::clock::{Clock, Elapsed, Moment};

/// Wakes calls at their deadlines.
#[derive(Debug)]
pub(crate) struct Alarm(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    clock: Clock,
    /// Where it was made, for those who wait outside of any runtime.
    home: Option<Handle>,
    state: Mutex<State>,
    /// Somebody is due before the keeper looks.
    hurry: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: Slab<Waiting>,
    keeper: Option<Keeper>,
}

/// Who looks after those who wait.
#[derive(Debug, Clone, Copy)]
struct Keeper {
    runtime: runtime::Id,
    /// When he looks at the latest.
    looks_at: Moment,
}

/// Somebody who waits.
#[derive(Debug)]
struct Waiting {
    deadline: Moment,
    /// Taken once the deadline has come.
    waker: Option<Waker>,
}

/// Somebody who waits, from his own side. Dropping it gives up his place.
struct Wait<'alarm> {
    shared: &'alarm Arc<Shared>,
    deadline: Moment,
    /// His place among those who wait, if he has taken one.
    number: Option<usize>,
    /// A timer of his own, where another runtime has the keeper.
    timer: Option<Pin<Box<dyn Future<Output = ()> + Send + 'alarm>>>,
}

/// The keeper while it keeps. Should it end with its runtime, those who wait have another kept.
struct Keeping(Option<Arc<Shared>>);

impl Alarm {
    /// An alarm by this clock.
    pub(crate) fn new(clock: Clock) -> Self {
        Self(Arc::new(Shared {
            clock,
            home: Handle::try_current().ok(),
            state: Mutex::default(),
            hurry: Notify::new(),
        }))
    }

    /// The future's output, unless `deadline` comes first. It is pinned by the caller: who hands a
    /// future on by value keeps it once more.
    pub(crate) fn timeout_at<F: Future>(
        &self,
        deadline: Moment,
        mut future: Pin<&mut F>,
    ) -> impl Future<Output = Result<F::Output, Elapsed>> {
        let mut wait = Wait {
            shared: &self.0,
            deadline,
            number: None,
            timer: None,
        };
        poll_fn(move |task| match future.as_mut().poll(task) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => wait.poll(task).map(Err),
        })
    }
}

impl Wait<'_> {
    fn poll(&mut self, task: &mut Task<'_>) -> Poll<Elapsed> {
        if self.timer.is_none() {
            let runtime = self.shared.runtime();
            let mut state = self.shared.state();
            match (state.keeper, &runtime) {
                (Some(keeper), Some(runtime)) if keeper.runtime != runtime.id() => {
                    drop(state);
                    let (clock, deadline) = (&self.shared.clock, self.deadline);
                    self.timer = Some(Box::pin(clock.sleep_until(deadline)));
                }
                _ => {
                    let (polled, replaced) = self.take_place(&mut state, task.waker());
                    let errand = match polled {
                        Poll::Ready(Elapsed) => Errand::None,
                        Poll::Pending => state.want(self.deadline, runtime),
                    };
                    drop(state);
                    // Not before: with its last waker a task goes, and with the task whatever place
                    // it has here.
                    drop(replaced);
                    self.shared.see_to(errand);
                    return polled;
                }
            }
        }
        match &mut self.timer {
            Some(timer) => timer.as_mut().poll(task).map(|()| Elapsed),
            None => Poll::Pending,
        }
    }

    /// Leaves a waker, in place of the one that was left before.
    fn take_place(&mut self, state: &mut State, waker: &Waker) -> (Poll<Elapsed>, Option<Waker>) {
        let Some(number) = self.number else {
            self.number = Some(state.waiting.insert(Waiting {
                deadline: self.deadline,
                waker: Some(waker.clone()),
            }));
            return (Poll::Pending, None);
        };
        match &mut state.waiting[number].waker {
            None => (Poll::Ready(Elapsed), None),
            Some(known) if known.will_wake(waker) => (Poll::Pending, None),
            Some(known) => (Poll::Pending, Some(std::mem::replace(known, waker.clone()))),
        }
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let waiting = self.shared.state().waiting.remove(number);
            drop(waiting);
        }
    }
}

/// What is to be done for somebody who waits.
enum Errand {
    None,
    Hurry,
    Keep(Handle),
}

impl State {
    /// Somebody in this runtime wants to be woken at this moment.
    fn want(&mut self, moment: Moment, runtime: Option<Handle>) -> Errand {
        match (&mut self.keeper, runtime) {
            (Some(keeper), _) if keeper.looks_at <= moment => Errand::None,
            (Some(keeper), _) => {
                keeper.looks_at = moment;
                Errand::Hurry
            }
            (None, Some(runtime)) => {
                self.keeper = Some(Keeper {
                    runtime: runtime.id(),
                    looks_at: moment,
                });
                Errand::Keep(runtime)
            }
            // Nobody keeps where there is no runtime; whoever comes next asks again.
            (None, None) => Errand::None,
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The runtime of whoever asks.
    fn runtime(&self) -> Option<Handle> {
        Handle::try_current().ok().or_else(|| self.home.clone())
    }

    /// Has the keeper look earlier, or has one keep.
    fn see_to(self: &Arc<Self>, errand: Errand) {
        match errand {
            Errand::None => {}
            Errand::Hurry => self.hurry.notify_one(),
            Errand::Keep(runtime) => {
                let keeping = Keeping(Some(Arc::clone(self)));
                runtime.spawn(keep(keeping));
            }
        }
    }

    /// Wakes whoever is due; answers when to look again, if anybody waits.
    fn look(&self) -> Option<Moment> {
        let now = self.clock.now();
        let mut due = Vec::new();
        let mut state = self.state();
        let mut next: Option<Moment> = None;
        for (_, waiting) in &mut state.waiting {
            if waiting.deadline <= now {
                due.extend(waiting.waker.take());
            } else {
                next = Some(next.map_or(waiting.deadline, |next| next.min(waiting.deadline)));
            }
        }
        state.keeper = match (state.keeper, next) {
            (Some(keeper), Some(looks_at)) => Some(Keeper { looks_at, ..keeper }),
            _ => None,
        };
        drop(state);
        due.into_iter().for_each(Waker::wake);
        next
    }
}

async fn keep(mut keeping: Keeping) {
    while let Some(shared) = &keeping.0 {
        match shared.look() {
            Some(next) => tokio::select! {
                biased;
                () = shared.hurry.notified() => {}
                () = shared.clock.sleep_until(next) => {}
            },
            // Nobody waits.
            None => keeping.0 = None,
        }
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        let Some(shared) = &self.0 else { return };
        let mut state = shared.state();
        state.keeper = None;
        let wakers = state.waiting.iter();
        let wakers: Vec<_> = wakers
            .filter_map(|(_, waiting)| waiting.waker.clone())
            .collect();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }
}
