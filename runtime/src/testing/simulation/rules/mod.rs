//! What must hold in every history, a rule a file.
//!
//! A rule looks at a whole history when it is over and says what was against it. It knows nothing
//! of how the cache works: only what was done, when, what came of it, and what was wrong with
//! servers and networks meanwhile.

use std::fmt;
use std::time::Duration;

use super::history::History;

mod bounded_outage;
mod cross_talk;
mod drop_safety;
mod endings;
mod foreign_keys;
mod freshness;
mod healing;
mod indexes;
mod one_load;
mod stale_fill;

/// What was against a rule.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::testing::simulation::Simulation;
///
/// for violation in Simulation::seeded(7).run().violations() {
///     println!("{}: {violation}", violation.rule());
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    rule: &'static str,
    text: String,
}

impl Violation {
    /// The name of the rule: `stale_fill`, `one_load`, `bounded_outage`, `drop_safety`,
    /// `cross_talk`, `endings`, `foreign_keys`, `freshness`, `healing` or `indexes`.
    pub fn rule(&self) -> &'static str {
        self.rule
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A rule: what it is called, and what in a history is against it.
type Rule = (&'static str, fn(&History) -> Vec<String>);

/// All of them.
const RULES: [Rule; 10] = [
    ("stale_fill", stale_fill::check),
    ("one_load", one_load::check),
    ("bounded_outage", bounded_outage::check),
    ("drop_safety", drop_safety::check),
    ("cross_talk", cross_talk::check),
    ("endings", endings::check),
    ("foreign_keys", foreign_keys::check),
    ("freshness", freshness::check),
    ("healing", healing::check),
    ("indexes", indexes::check),
];

/// Timers fire up to a millisecond late, each of a few in a row; an undisturbed network takes a few
/// milliseconds more.
const SLACK: Duration = Duration::from_millis(25);

/// Everything that is against a rule.
pub(super) fn check(history: &History) -> Vec<Violation> {
    let all = RULES.iter().flat_map(|(rule, check)| {
        let texts = check(history).into_iter();
        texts.map(|text| Violation { rule, text })
    });
    all.collect()
}
