//! What came of a simulation.

use std::fmt;

use super::history::History;
use super::rules::{Violation, check};

/// What came of one [`Simulation`](super::Simulation): what was against the rules, and everything
/// that happened.
///
/// Written out (`{report}`), it is the seed, the violations and the whole history, an event a line.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::testing::simulation::Simulation;
///
/// let report = Simulation::seeded(7).run();
/// assert!(report.is_sound() && report.violations().is_empty(), "{report}");
/// assert!(report.seed() == 7 && report.operations() > 0);
/// println!("{} loads, {} faults", report.loads(), report.faults());
/// ```
#[derive(Debug)]
pub struct Report {
    seed: u64,
    history: History,
    violations: Vec<Violation>,
}

impl Report {
    /// Holds the history to the rules.
    pub(super) fn new(seed: u64, history: History) -> Self {
        let violations = check(&history);
        Self {
            seed,
            history,
            violations,
        }
    }

    /// The seed, which makes the same happen again.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Whether nothing was against the rules.
    pub fn is_sound(&self) -> bool {
        self.violations.is_empty()
    }

    /// What was against the rules.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Everything that happened.
    #[cfg(test)]
    pub(super) fn history(&self) -> &History {
        &self.history
    }

    /// How many operations there were: calls, invalidations and whatever else was done.
    pub fn operations(&self) -> usize {
        self.history.operations.len()
    }

    /// How many loads there were.
    pub fn loads(&self) -> usize {
        self.history.loads.len()
    }

    /// How many faults there were.
    pub fn faults(&self) -> usize {
        self.history.troubles.len()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}", self.seed)?;
        for violation in &self.violations {
            writeln!(f, "against {}: {violation}", violation.rule())?;
        }
        write!(f, "{}", self.history)
    }
}
