//! Work that one task of the process does for all: while there is something to do, in the runtime
//! of whoever came first.
//!
//! A runtime ends, and another must take over. And a runtime may stand still: one that runs on its
//! caller's thread is driven in `block_on` only, and its tasks wait meanwhile, for hours perhaps.
//! So whoever is on duty says by when he will be heard of again, and if he is not, whoever comes
//! next from another runtime takes over. Who was relieved finds out when he goes on, and ends.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::{self, Handle};

use crate::clock::{Clock, Moment};

/// Work that one task at a time does.
#[derive(Debug, Default)]
pub(crate) struct Duty {
    /// Until when nobody has to look whether it is done, as [`Moment::as_nanos`] counts: mostly
    /// that is all there is to ask.
    until: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How often somebody has begun.
    shifts: u64,
    on_duty: Option<Doer>,
}

/// Who does it.
#[derive(Debug, Clone, Copy)]
struct Doer {
    runtime: runtime::Id,
    /// By when he will be heard of.
    until: Moment,
}

/// That a task is on duty, until it is dropped or relieved.
#[derive(Debug)]
pub(crate) struct Shift {
    duty: Arc<Duty>,
    number: u64,
}

/// Whether a task is still on duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    OnDuty,
    /// Another one has taken over.
    Relieved,
}

impl Duty {
    /// Takes over, if nobody is on duty, or who is has not been heard of by when he said; the task
    /// is to be spawned in this runtime, and to be heard of within so long. Nobody takes over where
    /// there is no runtime.
    pub(crate) fn take(
        self: &Arc<Self>,
        clock: &Clock,
        within: Duration,
    ) -> Option<(Handle, Shift)> {
        if clock.is_before(Moment::from_nanos(self.until.load(Ordering::Acquire))) {
            return None;
        }
        let runtime = Handle::try_current().ok()?;
        let now = clock.now();
        let mut state = self.state();
        // A runtime that somebody comes from is driven, and its tasks get their turn.
        let is_done = |doer: Doer| now < doer.until || doer.runtime == runtime.id();
        if state.on_duty.is_some_and(is_done) {
            return None;
        }
        state.shifts += 1;
        state.on_duty = Some(Doer {
            runtime: runtime.id(),
            until: now + within,
        });
        self.note(&state);
        let shift = Shift {
            duty: Arc::clone(self),
            number: state.shifts,
        };
        Some((runtime, shift))
    }

    /// Whether somebody is on duty.
    #[cfg(test)]
    pub(crate) fn is_done(&self) -> bool {
        self.state().on_duty.is_some()
    }

    fn note(&self, state: &State) {
        let until = state.on_duty.map_or(0, |doer| doer.until.as_nanos());
        self.until.store(until, Ordering::Release);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shift {
    /// Says by when this task will be heard of again.
    pub(crate) fn report(&self, until: Moment) -> Standing {
        let mut state = self.duty.state();
        if state.shifts != self.number {
            return Standing::Relieved;
        }
        if let Some(doer) = &mut state.on_duty {
            doer.until = until;
        }
        self.duty.note(&state);
        Standing::OnDuty
    }
}

/// Also when its runtime ends, and the task with it.
impl Drop for Shift {
    fn drop(&mut self) {
        let mut state = self.duty.state();
        if state.shifts == self.number {
            state.on_duty = None;
            self.duty.note(&state);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::{Builder, Runtime};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn duty() -> (Arc<Duty>, Clock) {
        (Arc::default(), Clock::system())
    }

    /// Its own clock is not the test's, and goes on.
    fn another() -> Runtime {
        Builder::new_current_thread().build().unwrap()
    }

    /// Whoever comes from this runtime takes over, or does not.
    fn taken_in(runtime: &Runtime, duty: &Arc<Duty>, clock: &Clock) -> Option<Shift> {
        let _within = runtime.enter();
        Some(duty.take(clock, SECOND)?.1)
    }

    #[tokio::test(start_paused = true)]
    async fn one_is_on_duty_until_he_ends() {
        let (duty, clock) = duty();
        let (_, shift) = duty.take(&clock, SECOND).unwrap();
        clock.sleep(2 * SECOND).await;
        // He runs where this runs, and gets his turn.
        assert!(duty.take(&clock, SECOND).is_none());
        drop(shift);
        assert!(duty.take(&clock, SECOND).is_some());
    }

    #[test]
    fn nobody_takes_over_without_a_runtime() {
        let (duty, clock) = duty();
        assert!(duty.take(&clock, SECOND).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_not_heard_of_is_relieved_by_another_runtime() {
        let (duty, clock) = duty();
        let theirs = another();
        let still = taken_in(&theirs, &duty, &clock).unwrap();
        assert!(duty.take(&clock, SECOND).is_none());
        clock.sleep(2 * SECOND).await;
        let (_, ours) = duty.take(&clock, SECOND).unwrap();
        assert_eq!(still.report(clock.now() + SECOND), Standing::Relieved);
        drop(still);
        assert!(
            duty.take(&clock, SECOND).is_none(),
            "he has left nothing open"
        );
        assert_eq!(ours.report(clock.now() + SECOND), Standing::OnDuty);
        theirs.shutdown_background();
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_so_in_time_stays() {
        let (duty, clock) = duty();
        let theirs = another();
        let shift = taken_in(&theirs, &duty, &clock).unwrap();
        for _ in 0..3 {
            clock.sleep(SECOND / 2).await;
            assert_eq!(shift.report(clock.now() + SECOND), Standing::OnDuty);
            assert!(duty.take(&clock, SECOND).is_none());
        }
        theirs.shutdown_background();
    }
}
