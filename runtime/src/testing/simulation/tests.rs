//! The simulation itself: that it can be repeated.

use super::*;
use crate::cache::Local;

#[test]
fn a_seed_makes_the_same_happen_every_time() {
    for seed in 0..60 {
        let written = move || Simulation::seeded(seed).traffic().run().to_string();
        let here = written();
        let elsewhere = std::thread::spawn(written).join();
        assert_eq!(here, elsewhere.expect("the same"), "seed {seed}");
    }
}

/// How many calls of these seeds were answered by nobody but their own process.
fn calls_that_asked_nobody(local: Local) -> usize {
    let asked_nobody = |seed| {
        let report = Simulation::seeded(seed).run();
        let history = report.history();
        let calls = history.operations.iter().filter(|operation| {
            matches!(operation.action, action::Action::Call(..))
                && operation.asked == history::Asked::Nobody
                && matches!(operation.ended, Some((_, history::Ending::Read(Some(_)))))
        });
        let is_this = history.terms.local == local;
        if is_this { calls.count() } else { 0 }
    };
    (0..400).map(asked_nobody).sum()
}

#[test]
fn copies_are_served() {
    let (none, some) = (
        calls_that_asked_nobody(Local::Off),
        calls_that_asked_nobody(Local::WhileFresh),
    );
    assert!(
        some > 3 * none,
        "{some} with copies, {none} by joining alone"
    );
}
