//! Locks in simulated fleets: many schedules in virtual time, in which no two critical sections may
//! overlap.
//!
//! `LARDER_LOCK_SEEDS=START..END` says which seeds are run instead of the first 300;
//! `cargo xtask simulate --locks` runs a million, with optimization.

mod quorum;
mod visits;

use std::fmt::Write;
use std::ops::Range;

use fastrand::Rng;
use larder::testing::simulation::{Fault, Faults, Simulation};

use visits::{Keepers, Seen, scenario};

const VARIABLE: &str = "LARDER_LOCK_SEEDS";

/// The seeds that this variable names, or else the first.
fn seeds_of(variable: &str, first: u64) -> Range<u64> {
    let Ok(range) = std::env::var(variable) else {
        return 0..first;
    };
    let parsed = range
        .split_once("..")
        .and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    parsed.unwrap_or_else(|| panic!("{variable} is {range:?}, and should be like 0..10000"))
}

/// Those under which a lock over one server keeps its promise: whatever happens to networks,
/// processes and callers.
fn keeping(seed: u64) -> Faults {
    let mut chance = Rng::with_seed(seed ^ 0x10c4);
    let kept = Fault::ALL
        .into_iter()
        .filter(|fault| !matches!(fault, Fault::Restart | Fault::ClockJump));
    match chance.u8(..10) {
        0 => Faults::none(),
        1..6 => kept.fold(Faults::none(), |faults, fault| faults.with(fault, 1)),
        _ => kept.fold(Faults::none(), |faults, fault| {
            faults.with(fault, u32::from(chance.u8(..4) == 0))
        }),
    }
}

fn run(seed: u64, faults: Faults) -> Seen {
    let simulation = Simulation::seeded(seed).faults(faults).steps(60);
    simulation.play(|fleet| scenario(fleet, seed, Keepers::Server))
}

/// Runs the seeds, on all processors.
fn hunt(seeds: Range<u64>, run: impl Fn(u64) -> Seen + Sync) -> (Seen, String) {
    let workers = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let run = &run;
    let mut sum = Seen::default();
    let mut text = String::new();
    std::thread::scope(|scope| {
        let shares: Vec<_> = (0..workers)
            .map(|worker| {
                let own = seeds
                    .clone()
                    .skip(worker as usize)
                    .step_by(workers as usize);
                scope.spawn(move || own.map(|seed| (seed, run(seed))).collect::<Vec<_>>())
            })
            .collect();
        for (seed, seen) in shares.into_iter().flat_map(|share| share.join().unwrap()) {
            sum.visits += seen.visits;
            sum.lost += seen.lost;
            sum.busy += seen.busy;
            sum.away += seen.away;
            sum.overlaps += seen.overlaps;
            sum.late += seen.late;
            if seen.overlaps > 0 || !seen.violations.is_empty() {
                writeln!(
                    text,
                    "seed {seed}: {} overlaps, {:?}",
                    seen.overlaps, seen.violations
                )
                .unwrap();
                sum.violations.extend(seen.violations);
            }
        }
    });
    (sum, text)
}

/// Runs the seeds, in which no promise may be broken; answers what was seen.
fn nobody_overlaps(seeds: Range<u64>, run: impl Fn(u64) -> Seen + Sync) -> String {
    let began = std::time::Instant::now();
    let (sum, text) = hunt(seeds.clone(), run);
    assert!(text.is_empty(), "{text}");
    assert_eq!(sum.late, 0, "a fence did not grow");
    // It is no proof if nobody ever came near.
    assert!(
        sum.visits > 0 && sum.lost > 0 && sum.busy > 0 && sum.away > 0,
        "{sum:?}"
    );
    format!(
        "seeds {seeds:?}: {} visits, {} lost, {} busy, {} away, in {:?}",
        sum.visits,
        sum.lost,
        sum.busy,
        sum.away,
        began.elapsed()
    )
}

#[test]
fn no_two_critical_sections_overlap_in_any_schedule() {
    let seen = nobody_overlaps(seeds_of(VARIABLE, 300), |seed| run(seed, keeping(seed)));
    println!("{seen}");
}

/// Schedules in which a lock could not be had any more: the first of several locks had been taken
/// when the second could not be had, giving it back failed until its lease was over, and its
/// renewal went on all the same.
#[test]
fn a_lock_that_could_not_be_given_back_ends_with_its_lease() {
    for seed in [21_013, 37_568, 50_304, 71_382, 93_369, 133_970] {
        let (_, text) = hunt(seed..seed + 1, |seed| run(seed, keeping(seed)));
        assert!(text.is_empty(), "{text}");
    }
}

/// Where the server forgets, or its clock is set forward, two may be inside: the simulation sees
/// them, and no two have the same fence.
#[test]
fn where_the_server_forgets_every_overlap_has_two_fences() {
    let forgetful = Faults::none()
        .with(Fault::Restart, 3)
        .with(Fault::ClockJump, 1);
    let (sum, text) = hunt(0..100, |seed| run(seed, forgetful));
    assert!(
        sum.overlaps > 0,
        "nobody was seen: the simulation shows nothing"
    );
    assert!(sum.violations.is_empty(), "{text}");
}

#[test]
fn a_seed_does_the_same_every_time() {
    for seed in 0..20 {
        let once = format!("{:?}", run(seed, keeping(seed)));
        assert_eq!(
            once,
            format!("{:?}", run(seed, keeping(seed))),
            "seed {seed}"
        );
    }
}
