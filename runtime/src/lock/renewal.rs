//! Moves the ends of all held locks on, in one script a round and server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::hold::Hold;
use super::servers::Servers;
use crate::backend::{Call, Resend};
use crate::clock::{Clock, Moment};
use crate::context::Context;

/// How many holds may be there before those that are over are looked for.
const SMALLEST_ROOM: usize = 64;

/// The locks that are held, and who renews them: one task, while there are any.
#[derive(Debug)]
pub(super) struct Renewals {
    context: Arc<Context>,
    servers: Arc<Servers>,
    state: Mutex<State>,
    /// There is something to renew before the task would have looked.
    sooner: Arc<Notify>,
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
    /// When the task looks next, if it runs.
    next: Option<Moment>,
}

impl Renewals {
    pub(super) fn new(context: Arc<Context>, servers: Arc<Servers>) -> Self {
        Self {
            context,
            servers,
            state: Mutex::default(),
            sooner: Arc::default(),
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
        match state.next {
            Some(next) if next <= due => {}
            Some(_) => self.sooner.notify_one(),
            None => {
                // Without a runtime nothing is renewed, and the body ends before the lease does.
                let Ok(runtime) = Handle::try_current() else {
                    return;
                };
                state.next = Some(due);
                let clock = self.context.clock().clone();
                let alarm = (clock, Arc::clone(&self.sooner));
                runtime.spawn(tend(Arc::downgrade(self), alarm, due));
            }
        }
    }

    /// When to look next; with nothing to renew the task ends.
    fn plan(&self) -> Option<Moment> {
        let mut state = self.state();
        state.holds.retain(|_, hold| hold.due().is_some());
        state.next = state.holds.values().filter_map(|hold| hold.due()).min();
        state.next
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
        self.sooner.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Locks that are taken and given back many times a lease must not pile up until it is renewed.
    fn make_room(&mut self) {
        if self.holds.len() >= self.room {
            self.holds.retain(|_, hold| hold.due().is_some());
            self.room = (2 * self.holds.len()).max(SMALLEST_ROOM);
        }
    }
}

/// Should the task end with its runtime, whoever takes the next lock starts another one.
struct Tending<'task>(Option<&'task Weak<Renewals>>);

impl Drop for Tending<'_> {
    fn drop(&mut self) {
        if let Some(renewals) = self.0.and_then(Weak::upgrade) {
            renewals.state().next = None;
        }
    }
}

/// Renews what is due then, and from then on what is due next. It does not end as soon as nothing
/// is held: locks that are held for a moment one after the other would each start a task. Meanwhile
/// it holds the renewals weakly: a Larder that nobody has any more ends its connection.
async fn tend(renewals: Weak<Renewals>, (clock, sooner): (Clock, Arc<Notify>), mut next: Moment) {
    let mut tending = Tending(Some(&renewals));
    loop {
        let is_due = tokio::select! {
            biased;
            () = sooner.notified() => false,
            () = clock.sleep_until(next) => true,
        };
        let Some(renewals) = renewals.upgrade() else {
            break;
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
        let Some(planned) = renewals.plan() else {
            break;
        };
        next = planned;
    }
    tending.0 = None;
}
