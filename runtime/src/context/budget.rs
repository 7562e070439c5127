//! How much of one call's time the backend may take.

use std::future::Future;
use std::time::Duration;

use crate::backend::{Call, Resend};
use crate::clock::{self, Clock, Moment, Nanos};

/// What a long budget leaves for a late timer.
const MOST_SLACK: Nanos = 5_000_000;

/// The time that one call may spend on the backend, all its round trips together. The body's own
/// time does not count.
#[derive(Debug)]
pub(crate) struct Budget<'clock> {
    clock: &'clock Clock,
    left: Nanos,
    /// When the round trip began whose time was not taken off yet, if there is one.
    spending_since: Option<Moment>,
}

/// What is left of a budget, for later.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unspent {
    left: Nanos,
    spending_since: Option<Moment>,
}

impl<'clock> Budget<'clock> {
    /// A budget of this much.
    pub(crate) fn new(clock: &'clock Clock, left: Duration) -> Self {
        Self {
            clock,
            left: clock::nanos(left),
            spending_since: None,
        }
    }

    /// What is left of it, without a look at the clock.
    pub(crate) fn unspent(&self) -> Unspent {
        Unspent {
            left: self.left,
            spending_since: self.spending_since,
        }
    }

    /// The rest of a budget.
    pub(crate) fn of(clock: &'clock Clock, unspent: Unspent) -> Self {
        Self {
            clock,
            left: unspent.left,
            spending_since: unspent.spending_since,
        }
    }

    /// Does one round trip within what is left and takes its time off.
    pub(crate) async fn spend<F, T>(&mut self, round_trip: impl FnOnce(Call) -> F) -> T
    where
        F: Future<Output = T>,
    {
        self.settle();
        let output = round_trip(self.open(self.clock.now())).await;
        self.settle();
        output
    }

    /// Begins a round trip at this moment that is likely the last: a hit looks at the clock no more
    /// than once. If it was not the last, [`settle`](Self::settle) takes its time off, or else the
    /// next round trip does.
    pub(crate) fn spend_last(&mut self, now: Moment) -> Call {
        self.settle();
        self.open(now)
    }

    /// Takes off the time since the last round trip began, if that was not done.
    pub(crate) fn settle(&mut self) {
        if let Some(start) = self.spending_since.take() {
            let spent = self.clock.now().nanos_since(start);
            self.left = self.left.saturating_sub(spent);
        }
    }

    /// What may still be spent.
    pub(crate) fn left(&mut self) -> Duration {
        self.settle();
        Duration::from_nanos(self.left)
    }

    fn open(&mut self, now: Moment) -> Call {
        self.spending_since = Some(now);
        Call {
            deadline: now.after(without_slack(self.left)),
            resend: Resend::Never,
        }
    }
}

/// How much of a budget may be spent on waiting for one thing.
pub(super) fn usable(budget: Duration) -> Duration {
    Duration::from_nanos(without_slack(clock::nanos(budget)))
}

/// Who wakes sleepers is up to two milliseconds late, as Tokio is, and wakes a task that has to
/// queue on a busy machine: without some slack the last round trip would overdraw.
fn without_slack(left: Nanos) -> Nanos {
    left - (left / 10).min(MOST_SLACK)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    /// What the next round trip may take, with the slack that it leaves for a late timer.
    async fn left_to_spend(budget: &mut Budget<'_>, clock: &Clock) -> Duration {
        let deadline = budget.spend(async |call| call.deadline).await;
        deadline.saturating_since(clock.now())
    }

    #[tokio::test(start_paused = true)]
    async fn round_trips_are_taken_off_and_the_body_is_not() {
        let clock = Clock::system();
        let mut budget = Budget::new(&clock, 50 * MILLI);
        budget.spend(async |_| clock.sleep(20 * MILLI).await).await;
        clock.sleep(500 * MILLI).await;
        assert_eq!(left_to_spend(&mut budget, &clock).await, 27 * MILLI);
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_budget_leaves_five_milliseconds_for_a_late_timer() {
        let clock = Clock::system();
        let mut budget = Budget::new(&clock, 1000 * MILLI);
        assert_eq!(left_to_spend(&mut budget, &clock).await, 995 * MILLI);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_was_not_the_last_is_taken_off_all_the_same() {
        let clock = Clock::system();
        let mut budget = Budget::new(&clock, 50 * MILLI);
        budget.spend_last(clock.now());
        clock.sleep(20 * MILLI).await;
        budget.settle();
        clock.sleep(500 * MILLI).await;
        assert_eq!(left_to_spend(&mut budget, &clock).await, 27 * MILLI);
    }
}
