//! Locks that a quorum keeps, in simulated fleets: partitions between any node and any server, and
//! a minority of servers that is stopped and restarted, also without what it knew.
//!
//! `LARDER_QUORUM_SEEDS=START..END` says which seeds are run instead of the first 150;
//! `cargo xtask simulate --quorum` runs a million, with optimization.

use fastrand::Rng;
use larder::testing::simulation::{Fault, Faults, Mutant, Simulation};

use super::visits::{Keepers, Seen, scenario};
use super::{hunt, nobody_overlaps, seeds_of};

const VARIABLE: &str = "LARDER_QUORUM_SEEDS";
/// Within so many seeds each mistake must be found.
const SEEDS_OF_A_MISTAKE: u64 = 500;

/// Those under which a lock keeps its promise: whatever happens to networks, processes, callers,
/// and a minority of the servers; save that a clock is set.
fn keeping(seed: u64) -> Faults {
    let mut chance = Rng::with_seed(seed ^ 0x0c0);
    let kept = Fault::ALL
        .into_iter()
        .filter(|fault| *fault != Fault::ClockJump);
    match chance.u8(..10) {
        0 => Faults::none(),
        1..4 => kept.fold(Faults::none(), |faults, fault| faults.with(fault, 1)),
        4..7 => Faults::none().with(Fault::Restart, 2).with(Fault::Cut, 1),
        _ => kept.fold(Faults::none(), |faults, fault| {
            faults.with(fault, u32::from(chance.u8(..4) == 0))
        }),
    }
}

fn simulation(seed: u64, faults: Faults) -> Simulation {
    let servers = if seed.is_multiple_of(4) { 5 } else { 3 };
    Simulation::seeded(seed)
        .quorum(servers)
        .faults(faults)
        .steps(60)
}

fn run(seed: u64, faults: Faults) -> Seen {
    simulation(seed, faults).play(|fleet| scenario(fleet, seed, Keepers::Quorum))
}

#[test]
fn no_two_critical_sections_overlap_while_a_majority_of_the_servers_remembers() {
    let seen = nobody_overlaps(seeds_of(VARIABLE, 150), |seed| run(seed, keeping(seed)));
    println!("{seen}");
}

/// Where the clock of a server is set forward it gives a lock away too early, and two may be
/// inside: no two have the same fence.
#[test]
fn where_a_clock_is_set_every_overlap_has_two_fences() {
    let faults = Faults::none()
        .with(Fault::ClockJump, 3)
        .with(Fault::Cut, 2)
        .with(Fault::BlackHole, 2);
    let (sum, text) = hunt(0..150, |seed| run(seed, faults));
    assert!(
        sum.overlaps > 0,
        "nobody was seen: the simulation shows nothing"
    );
    assert!(sum.violations.is_empty(), "{text}");
    assert_eq!(sum.late, 0, "a fence did not grow");
}

#[test]
fn a_seed_does_the_same_every_time() {
    for seed in 0..10 {
        let once = format!("{:?}", run(seed, keeping(seed)));
        assert_eq!(
            once,
            format!("{:?}", run(seed, keeping(seed))),
            "seed {seed}"
        );
    }
}

/// Whether the schedules of a seed go wrong with the mistake.
fn is_found(mutant: Mutant, seed: u64) -> bool {
    let simulation = simulation(seed, keeping(seed)).mutant(mutant);
    let sum = simulation.play(|fleet| scenario(fleet, seed, Keepers::Quorum));
    sum.overlaps > 0 || sum.late > 0 || !sum.violations.is_empty()
}

#[test]
fn planted_mistakes_are_found() {
    for mutant in Mutant::OF_A_QUORUM {
        let found = (0..SEEDS_OF_A_MISTAKE).find(|seed| is_found(mutant, *seed));
        println!("{mutant:?}: seed {found:?}");
        assert!(found.is_some(), "{mutant:?} was not found");
    }
}
