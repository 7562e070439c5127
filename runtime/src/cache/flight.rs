//! Callers of one key in one process share one flight: one of them loads, the others get what it
//! loaded.
//!
//! The leader is itself a caller, so it may be dropped at any moment; then one of the others takes
//! over. Whoever calls after an invalidation must not get what was read before it, so a caller may
//! only join a load that began after the call did, or one whose lease it has just seen on the
//! server, unrevoked.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::lease::{Filled, Lease};
use super::observed::{Glance, Observed};
use super::outcome::Outcome;
use super::written::Written;
use crate::clock::{Clock, Moment};
use crate::codec::envelope::Token;
use crate::context::Budget;
use crate::error::Result;
use crate::key::Key;
use crate::length::sum;

/// The loads that are under way in this process.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    by_key: Mutex<HashMap<Key, Arc<Flight>>>,
    /// How many those are, so that a hit need not take the lock to see that there is none.
    count: AtomicUsize,
    /// Orders the beginnings of calls and loads.
    ticks: AtomicU64,
}

#[derive(Debug)]
struct Flight {
    key: Key,
    state: Mutex<State>,
    bell: Notify,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    followers: usize,
}

#[derive(Debug)]
enum Phase {
    /// The leader asks the server for the lease, or waits for another process's load. Nothing is
    /// being loaded.
    Opening {
        /// Since when.
        since: Moment,
    },
    /// The leader's body runs.
    Loading(Load),
    /// The leader is gone; the next follower takes over, with the lease if there was one.
    Vacant { lease: Option<Box<Lease>> },
    /// What was loaded is there for everybody who was allowed to join that load.
    Loaded { load: Load, outcome: Outcome },
    /// It has ended without a load to share.
    Ended(Outcome),
}

/// What a caller must know of a load to join it.
#[derive(Debug, Clone)]
struct Load {
    token: Token,
    began: Tick,
    observed: Arc<Observed>,
}

/// A point in the order of calls and loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tick(u64);

/// What a caller knows of its key before it asks to join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It has not looked on the server.
    Nothing,
    /// It has looked, and there was this lease, with groups that were like this; or no lease.
    Lease(Option<(Token, Glance)>),
}

/// Somebody who asks to join.
#[derive(Debug)]
pub(crate) struct Caller<'call> {
    /// When it has called.
    called: Tick,
    seen: &'call Seen,
    now: Moment,
    /// For how long a leader may be on his way to a lease.
    patience: Duration,
}

/// A caller's part in a flight.
#[derive(Debug)]
pub(crate) enum Part {
    /// It loads.
    Lead(Leader),
    /// It waits for the leader.
    Follow(Follower),
    /// It must look on the server first: the load that is under way may have been invalidated
    /// before this call.
    Look,
}

/// What a follower got.
#[derive(Debug)]
pub(crate) enum Followed {
    /// What the leader shared.
    Shared(Outcome),
    /// The leader is gone: it is this caller's turn.
    Promoted(Leader),
    /// The wait is over.
    TimedOut,
}

/// What a leader has from the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inherited {
    Nothing,
    Lease,
}

/// The one who loads. Dropping it before it has shared anything hands over to a follower.
#[derive(Debug)]
pub(crate) struct Leader {
    flights: Arc<Flights>,
    flight: Arc<Flight>,
    lease: Option<Box<Lease>>,
}

/// One who waits.
#[derive(Debug)]
pub(crate) struct Follower {
    flights: Arc<Flights>,
    flight: Arc<Flight>,
    promoted: bool,
}

impl<'call> Caller<'call> {
    /// Somebody who has called then and asks now. Its calls wait so long for another's load, and
    /// may spend so much on the backend.
    pub(crate) fn new(
        called: Tick,
        seen: &'call Seen,
        now: Moment,
        (wait, budget): (Duration, Duration),
    ) -> Self {
        Self {
            called,
            seen,
            now,
            // Who takes over from another leader may spend it once more.
            patience: sum(wait, sum(budget, budget)),
        }
    }
}

impl Flights {
    /// The beginning of a call.
    pub(crate) fn tick(&self) -> Tick {
        Tick(self.ticks.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether somebody in this process is at this key.
    pub(crate) fn is_under_way(&self, key: &Key) -> bool {
        self.count.load(Ordering::Acquire) > 0 && lock(&self.by_key).contains_key(key)
    }

    /// Joins the flight of this key, or begins one.
    pub(crate) fn enter(self: &Arc<Self>, key: &Key, caller: &Caller<'_>) -> Part {
        let now = caller.now;
        let mut by_key = lock(&self.by_key);
        let flight = match by_key.entry(key.clone()) {
            Entry::Vacant(place) => {
                let flight = place.insert(Flight::opening(key, now));
                self.count.fetch_add(1, Ordering::Release);
                return Part::Lead(Leader::of(self, flight));
            }
            Entry::Occupied(mut place) => {
                let state = lock(&place.get().state);
                match state.may_join(caller) {
                    Join::Yes => {}
                    Join::LookFirst => return Part::Look,
                    Join::Revoked => {
                        // Those who are with the old flight called before the invalidation: it may
                        // still serve them.
                        drop(state);
                        place.insert(Flight::opening(key, now));
                        return Part::Lead(Leader::of(self, place.get()));
                    }
                }
                drop(state);
                Arc::clone(place.get())
            }
        };
        lock(&flight.state).followers += 1;
        Part::Follow(Follower {
            flights: Arc::clone(self),
            flight,
            promoted: false,
        })
    }

    /// Takes the flight out, if it is still the one of its key.
    fn remove(&self, by_key: &mut HashMap<Key, Arc<Flight>>, flight: &Arc<Flight>) {
        if by_key
            .get(&flight.key)
            .is_some_and(|current| Arc::ptr_eq(current, flight))
        {
            by_key.remove(&flight.key);
            self.count.fetch_sub(1, Ordering::Release);
        }
    }
}

enum Join {
    Yes,
    LookFirst,
    Revoked,
}

impl State {
    fn may_join(&self, caller: &Caller<'_>) -> Join {
        let load = match &self.phase {
            Phase::Loading(load) | Phase::Loaded { load, .. } => load,
            // Nobody waits so long for another's load: its leader stands still with his runtime.
            Phase::Opening { since } if *since + caller.patience < caller.now => {
                return Join::Revoked;
            }
            Phase::Opening { .. } | Phase::Vacant { .. } | Phase::Ended(_) => return Join::Yes,
        };
        match caller.seen {
            _ if load.began > caller.called => Join::Yes,
            Seen::Nothing => Join::LookFirst,
            Seen::Lease(Some((lease, glance)))
                if *lease == load.token && glance.confirms(&load.observed) =>
            {
                Join::Yes
            }
            Seen::Lease(_) => Join::Revoked,
        }
    }
}

impl Flight {
    fn opening(key: &Key, since: Moment) -> Arc<Self> {
        Arc::new(Self {
            key: key.clone(),
            state: Mutex::new(State {
                phase: Phase::Opening { since },
                followers: 0,
            }),
            bell: Notify::new(),
        })
    }
}

impl Leader {
    fn of(flights: &Arc<Flights>, flight: &Arc<Flight>) -> Self {
        Self {
            flights: Arc::clone(flights),
            flight: Arc::clone(flight),
            lease: None,
        }
    }

    /// Says that the load begins now, under this lease.
    pub(crate) fn begin(&mut self, lease: Box<Lease>) {
        let mut state = lock(&self.flight.state);
        state.phase = Phase::Loading(Load {
            token: lease.token(),
            began: self.flights.tick(),
            observed: Arc::clone(&lease.observed),
        });
        self.lease = Some(lease);
    }

    /// Whether it has the lease, from the leader before it: that one may have lost it long ago, and
    /// somebody else may be loading by now.
    pub(crate) async fn confirm(
        &mut self,
        clock: &Clock,
        budget: &mut Budget<'_>,
    ) -> Result<Inherited> {
        let Some(lease) = &mut self.lease else {
            return Ok(Inherited::Nothing);
        };
        lease.confirm(budget).await?;
        if lease.may_be_there() {
            return Ok(Inherited::Lease);
        }
        self.lease = None;
        let since = clock.now();
        lock(&self.flight.state).phase = Phase::Opening { since };
        Ok(Inherited::Nothing)
    }

    /// What tells this load from all others.
    pub(crate) fn token(&self) -> Token {
        self.lease
            .as_ref()
            .map_or_else(Token::default, |lease| lease.token())
    }

    /// What the groups of the entry were like when the lease was taken.
    pub(crate) fn observed(&self) -> Arc<Observed> {
        let lease = self.lease.as_ref();
        lease.map_or_else(Arc::default, |lease| Arc::clone(&lease.observed))
    }

    /// The lease, once the load has begun.
    pub(crate) fn lease(&mut self) -> Option<&mut Lease> {
        self.lease.as_deref_mut()
    }

    /// Writes the loaded value, if the lease is still there.
    pub(crate) async fn fill(
        &mut self,
        written: &Written,
        budget: &mut Budget<'_>,
    ) -> Result<Filled> {
        match &mut self.lease {
            Some(lease) => lease.fill(written, budget).await,
            None => Ok(Filled::Voided),
        }
    }

    /// Gives the lease back.
    pub(crate) async fn release(&mut self, budget: &mut Budget<'_>) {
        if let Some(lease) = self.lease.take() {
            lease.release(budget).await;
        }
    }

    /// Whether anybody waits for what this one loads.
    pub(crate) fn has_followers(&self) -> bool {
        lock(&self.flight.state).followers > 0
    }

    /// Gives everybody who waits, or joins until this leader is dropped, the same.
    pub(crate) fn share(&self, outcome: Outcome) {
        let mut state = lock(&self.flight.state);
        state.phase = match &state.phase {
            Phase::Loading(load) if outcome.is_loaded() => Phase::Loaded {
                load: load.clone(),
                outcome,
            },
            _ => Phase::Ended(outcome),
        };
        drop(state);
        self.flight.bell.notify_waiters();
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        let mut by_key = lock(&self.flights.by_key);
        let mut state = lock(&self.flight.state);
        let has_ended = matches!(state.phase, Phase::Loaded { .. } | Phase::Ended(_));
        if has_ended || state.followers == 0 {
            self.flights.remove(&mut by_key, &self.flight);
            return;
        }
        state.phase = Phase::Vacant {
            lease: self.lease.take().filter(|lease| lease.may_be_there()),
        };
        drop((state, by_key));
        // For all of them, though one takes over: whoever is rung for may have something else to do
        // before he looks, as a batch that runs its body, and the others do not wait for that.
        self.flight.bell.notify_waiters();
    }
}

impl Follower {
    /// Waits for the leader, or to become it, until `deadline`.
    pub(crate) async fn follow(mut self, clock: &Clock, deadline: Moment) -> Followed {
        loop {
            let flight = Arc::clone(&self.flight);
            let mut rung = std::pin::pin!(flight.bell.notified());
            // From here on no ring is missed, though nothing is awaited yet.
            rung.as_mut().enable();
            if let Some(followed) = self.look(clock) {
                return followed;
            }
            if clock.timeout_at(deadline, rung).await.is_err() {
                return Followed::TimedOut;
            }
        }
    }

    fn look(&mut self, clock: &Clock) -> Option<Followed> {
        let mut state = lock(&self.flight.state);
        match &mut state.phase {
            Phase::Opening { .. } | Phase::Loading(_) => None,
            Phase::Loaded { outcome, .. } | Phase::Ended(outcome) => {
                Some(Followed::Shared(outcome.clone()))
            }
            Phase::Vacant { lease } => {
                let lease = lease.take();
                let since = clock.now();
                state.phase = Phase::Opening { since };
                state.followers -= 1;
                drop(state);
                self.promoted = true;
                let mut leader = Leader::of(&self.flights, &self.flight);
                if let Some(lease) = lease {
                    leader.begin(lease);
                }
                Some(Followed::Promoted(leader))
            }
        }
    }

    /// Waits no more. The last one leaves a flight without a leader, which nobody will ever take
    /// over, and the lease of the leader before.
    fn leave(&self) -> Option<Box<Lease>> {
        let mut by_key = lock(&self.flights.by_key);
        let mut state = lock(&self.flight.state);
        let State { phase, followers } = &mut *state;
        *followers -= 1;
        match phase {
            Phase::Vacant { lease } if *followers == 0 => {
                let left = lease.take();
                self.flights.remove(&mut by_key, &self.flight);
                left
            }
            _ => None,
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        if !self.promoted {
            // A lease is given back when nothing is locked any more.
            drop(self.leave());
        }
    }
}

/// A lock whose holder panicked is still good: nothing here can be left half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
