//! Moves the ends of all held locks on, in one script a round and server.
//!
//! A runtime may stand still, with all that runs there: so in each runtime where locks are taken a
//! task of its own looks for what is due, whoever has taken it, and who comes first renews it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::{self, Handle};
use tokio::sync::Notify;

use super::hold::Hold;
use super::servers::Servers;
use crate::backend::{Call, Resend};
use crate::clock::{Clock, Moment};
use crate::context::Context;

/// How many holds may be there before those that are over are looked for.
const SMALLEST_ROOM: usize = 64;

/// The locks that are held, and who renews them: one task a runtime, while there are any.
#[derive(Debug)]
pub(super) struct Renewals {
    context: Arc<Context>,
    servers: Arc<Servers>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// In the order in which they were taken, so that they are renewed in the same order at every
    /// run of a simulation.
    holds: BTreeMap<u64, Arc<Hold>>,
    taken: u64,
    /// With so many holds, those that are not to be renewed any more are dropped before the task
    /// looks.
    room: usize,
    tasks: Vec<Tending>,
}

/// A task that renews what is due.
#[derive(Debug)]
struct Tending {
    runtime: runtime::Id,
    /// When it looks next.
    next: Moment,
    /// There is something to renew before it would have looked.
    sooner: Arc<Notify>,
}

impl Renewals {
    pub(super) fn new(context: Arc<Context>, servers: Arc<Servers>) -> Self {
        Self {
            context,
            servers,
            state: Mutex::default(),
        }
    }

    /// Renews this lock from now on, until it is lost or given back.
    pub(super) fn add(self: &Arc<Self>, hold: Arc<Hold>) {
        let Some(due) = hold.due() else { return };
        let mut state = self.state();
        state.taken += 1;
        let number = state.taken;
        state.make_room();
        state.holds.insert(number, hold);
        state.wake(due);
        // Without a runtime nothing is renewed, and the body ends before the lease does.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if state.tasks.iter().all(|task| task.runtime != runtime.id()) {
            let sooner = Arc::new(Notify::new());
            state.tasks.push(Tending {
                runtime: runtime.id(),
                next: due,
                sooner: Arc::clone(&sooner),
            });
            // A runtime that is ending drops the task here and now.
            drop(state);
            let tending = Task {
                renewals: Arc::downgrade(self),
                runtime: runtime.id(),
                sooner,
            };
            runtime.spawn(tend(tending, self.context.clock().clone(), due));
        }
    }

    /// When the task of this runtime is to look next; with nothing to renew it ends.
    fn plan(&self, runtime: runtime::Id) -> Option<Moment> {
        let mut state = self.state();
        state.holds.retain(|_, hold| hold.due().is_some());
        let next = state.holds.values().filter_map(|hold| hold.due()).min();
        match next {
            None => state.tasks.retain(|task| task.runtime != runtime),
            Some(next) => {
                let ours = state.tasks.iter_mut();
                ours.filter(|task| task.runtime == runtime)
                    .for_each(|task| task.next = next);
            }
        }
        next
    }

    /// If one is due, all that are and would be soon.
    fn round(&self, now: Moment) -> Vec<Arc<Hold>> {
        let state = self.state();
        let first = state.holds.values().filter_map(|hold| hold.due()).min();
        if first.is_none_or(|first| now < first) {
            return Vec::new();
        }
        let is_due = |hold: &&Arc<Hold>| hold.due().is_some_and(|due| due <= now + hold.lease / 6);
        let round: Vec<_> = state.holds.values().filter(is_due).cloned().collect();
        for hold in &round {
            hold.renewing(now);
        }
        round
    }

    /// Renews these in one script a server.
    async fn renew(&self, round: &[Arc<Hold>], sent: Moment) {
        let longest = round.iter().map(|hold| hold.lease).max();
        let call = Call {
            deadline: sent + longest.unwrap_or(Duration::ZERO) / 2,
            // The next round is the next try.
            resend: Resend::Never,
        };
        self.servers.renew(round, sent, &call).await;
        // What was not renewed is due sooner.
        let state = self.state();
        state.tasks.iter().for_each(|task| task.sooner.notify_one());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Something is due then: who would look later looks now.
    fn wake(&self, due: Moment) {
        let late = self.tasks.iter().filter(|task| due < task.next);
        late.for_each(|task| task.sooner.notify_one());
    }

    /// Locks that are taken and given back many times a lease must not pile up until it is renewed.
    fn make_room(&mut self) {
        if self.holds.len() >= self.room {
            self.holds.retain(|_, hold| hold.due().is_some());
            self.room = (2 * self.holds.len()).max(SMALLEST_ROOM);
        }
    }
}

/// What a task is known by. Should it end with its runtime, whoever takes the next lock there
/// starts another one.
struct Task {
    renewals: Weak<Renewals>,
    runtime: runtime::Id,
    sooner: Arc<Notify>,
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(renewals) = self.renewals.upgrade() {
            let is_other = |task: &Tending| !Arc::ptr_eq(&task.sooner, &self.sooner);
            renewals.state().tasks.retain(is_other);
        }
    }
}

/// Renews what is due then, and from then on what is due next. It does not end as soon as nothing
/// is held: locks that are held for a moment one after the other would each start a task. Meanwhile
/// it holds the renewals weakly: a Larder that nobody has any more ends its connection.
async fn tend(task: Task, clock: Clock, mut next: Moment) {
    loop {
        let is_due = tokio::select! {
            biased;
            () = task.sooner.notified() => false,
            () = clock.sleep_until(next) => true,
        };
        let Some(renewals) = task.renewals.upgrade() else {
            return;
        };
        if is_due {
            let sent = clock.now();
            let round = renewals.round(sent);
            if !round.is_empty() {
                // A server that does not answer must not keep the next round waiting.
                let renewals = Arc::clone(&renewals);
                tokio::spawn(async move { renewals.renew(&round, sent).await });
            }
        }
        let Some(planned) = renewals.plan(task.runtime) else {
            return;
        };
        next = planned;
    }
}
