//! For how long the server has answered nothing, and when that is too long for whom.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Moment;
use crate::context::budget;

/// A question is asked so often in the smallest budget of those who wait. The rest of a budget is
/// for how long the server may be held up before its answer.
const QUESTIONS: u32 = 5;
/// Sleepers are woken no more finely.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);

/// What is known of the server's answers, and the budgets of those who wait.
#[derive(Debug)]
pub(super) struct Silence {
    /// When it was last known to answer.
    answered: Moment,
    /// When it was last asked.
    asked: Moment,
    /// When it was asked what it has not answered, if there is something: without a question
    /// there is no silence, however long nobody had the time to ask.
    unanswered: Option<Moment>,
    /// The budgets of those who wait, and how many have each.
    budgets: BTreeMap<Duration, usize>,
}

impl Silence {
    pub(super) fn new(now: Moment) -> Self {
        Self {
            answered: now,
            asked: now,
            unanswered: None,
            budgets: BTreeMap::new(),
        }
    }

    /// One more waits, with this budget; answers the smallest of all.
    pub(super) fn begin(&mut self, budget: Duration, now: Moment) -> Duration {
        // Of the time when nobody waited nothing is known.
        if self.budgets.is_empty() {
            *self = Self::new(now);
        }
        *self.budgets.entry(budget).or_default() += 1;
        self.smallest().unwrap_or(budget)
    }

    /// One who had this budget waits no more.
    pub(super) fn leave(&mut self, budget: Duration) {
        if let Some(count) = self.budgets.get_mut(&budget) {
            *count -= 1;
            if *count == 0 {
                self.budgets.remove(&budget);
            }
        }
    }

    /// The smallest budget, if anybody waits.
    pub(super) fn smallest(&self) -> Option<Duration> {
        self.budgets.keys().next().copied()
    }

    /// When the server is to be asked again, for this smallest budget.
    pub(super) fn next_question(&self, smallest: Duration) -> Moment {
        self.asked + interval(smallest)
    }

    /// The server is asked.
    pub(super) fn asks(&mut self, now: Moment) {
        self.asked = now;
        self.unanswered.get_or_insert(now);
    }

    /// The server has answered.
    pub(super) fn is_broken(&mut self, now: Moment) {
        self.answered = now;
        self.unanswered = None;
    }

    /// Whether everything that was asked is answered.
    pub(super) fn is_over(&self) -> bool {
        self.unanswered.is_none()
    }

    /// When it has lasted for as long as this budget says, if nothing breaks it.
    pub(super) fn end(&self, budget: Duration) -> Option<Moment> {
        let usable = budget::usable(budget);
        // It has begun at the last answer, but for how much longer than an interval nobody has
        // asked does not count.
        let asked = self.unanswered? + usable.saturating_sub(interval(budget));
        Some(asked.max(self.answered + usable))
    }

    /// When it has lasted too long for the next of those who wait.
    pub(super) fn next_end(&self, now: Moment) -> Option<Moment> {
        let mut ends = self.budgets.keys().filter_map(|budget| self.end(*budget));
        ends.find(|end| *end > now)
    }
}

fn interval(budget: Duration) -> Duration {
    (budget / QUESTIONS).max(SHORTEST_INTERVAL)
}
