//! Simulated fleets: many seeds, and planted mistakes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that meets an error has failed"
)]

mod mutants;
use larder::testing::simulation::{Simulation, hunt};

#[test]
fn no_schedule_breaks_a_rule() {
    let range = std::env::var("LARDER_SIMULATION_SEEDS").unwrap_or("0..10000".to_owned());
    let (from, to) = range.split_once("..").unwrap();
    let seeds = from.parse().unwrap()..to.parse().unwrap();
    let began = std::time::Instant::now();
    let hunt = hunt(seeds, Simulation::seeded);
    println!("{} schedules, {} ops, {} loads {} faults, {:?}", hunt.schedules(), hunt.operations(), hunt.loads(), hunt.faults(), began.elapsed());
    for report in hunt.unsound() { println!("{report}"); }
    assert!(hunt.unsound().is_empty());
}
