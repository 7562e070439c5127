//! Simulated fleets: many schedules that keep all rules, and planted mistakes that break them.
//!
//! `LARDER_SIMULATION_SEEDS=START..END` says which seeds are run instead of the first 10,000. A
//! seed that fails is printed with its history and with the command that runs it again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that meets an error has failed"
)]

mod mutants;
mod own_code;

use std::fmt::Write;
use std::ops::Range;

use larder::testing::simulation::{Simulation, hunt};

const VARIABLE: &str = "LARDER_SIMULATION_SEEDS";

fn seeds() -> Range<u64> {
    let Ok(range) = std::env::var(VARIABLE) else {
        return 0..10_000;
    };
    let parsed = range
        .split_once("..")
        .and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    parsed.unwrap_or_else(|| panic!("{VARIABLE} is {range:?}, and should be like 0..10000"))
}

#[test]
fn no_schedule_breaks_a_rule() {
    let seeds = seeds();
    let clock = larder_runtime::clock::Clock::system();
    let began = clock.now();
    let hunt = hunt(seeds.clone(), Simulation::seeded);
    println!(
        "seeds {seeds:?}: {} schedules, {} operations, {} loads, {} faults in {:?}",
        hunt.schedules(),
        hunt.operations(),
        hunt.loads(),
        hunt.faults(),
        clock.now().saturating_since(began),
    );
    let mut text = String::new();
    for report in hunt.unsound() {
        let (seed, next) = (report.seed(), report.seed() + 1);
        let again = format!(
            "{VARIABLE}={seed}..{next} cargo test --all-features --test simulation no_schedule"
        );
        write!(text, "\n{report}\nrun it again: {again}\n").unwrap();
    }
    assert!(text.is_empty(), "{text}");
}
