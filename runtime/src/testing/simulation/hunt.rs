//! Many seeds, on as many threads as there are processors.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::Simulation;
use super::report::Report;

/// What many simulations came to.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::testing::simulation::{Simulation, hunt};
///
/// let hunt = hunt(0..20, |seed| Simulation::seeded(seed).nodes(2));
/// for report in hunt.unsound() {
///     println!("{report}");
/// }
/// println!("{} schedules, {} operations, {} loads, {} faults",
///     hunt.schedules(), hunt.operations(), hunt.loads(), hunt.faults());
/// ```
#[derive(Debug, Default)]
pub struct Hunt {
    schedules: u64,
    operations: u64,
    loads: u64,
    faults: u64,
    unsound: Vec<Report>,
}

/// Runs the simulation of each seed, as `prepare` makes it of the seed.
///
/// It stops after the first few that break a rule; these are run again with
/// [`traffic`](Simulation::traffic), so that their reports show everything.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::testing::simulation::{Simulation, hunt};
///
/// let hunt = hunt(0..50, Simulation::seeded);
/// assert!(hunt.unsound().is_empty(), "{}", hunt.unsound()[0]);
/// assert_eq!(hunt.schedules(), 50);
/// ```
pub fn hunt(seeds: Range<u64>, prepare: impl Fn(u64) -> Simulation + Sync) -> Hunt {
    let next = AtomicU64::new(seeds.start);
    let found = Mutex::new(Hunt::default());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let mut part = Hunt::default();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    let simulation = prepare(seed);
                    let report = simulation.run();
                    if !report.is_sound() {
                        // The others need not go on.
                        next.store(seeds.end, Ordering::Relaxed);
                    }
                    part.add(&report, &simulation);
                }
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.join(part);
            });
        }
    });
    let mut hunt = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    hunt.unsound.sort_by_key(Report::seed);
    hunt
}

impl Hunt {
    /// How many schedules were run.
    pub fn schedules(&self) -> u64 {
        self.schedules
    }

    /// How many operations there were in all.
    pub fn operations(&self) -> u64 {
        self.operations
    }

    /// How many loads there were in all.
    pub fn loads(&self) -> u64 {
        self.loads
    }

    /// How many faults there were in all.
    pub fn faults(&self) -> u64 {
        self.faults
    }

    /// The schedules that broke a rule, by their seeds.
    pub fn unsound(&self) -> &[Report] {
        &self.unsound
    }

    fn add(&mut self, report: &Report, simulation: &Simulation) {
        self.schedules += 1;
        self.operations += report.operations() as u64;
        self.loads += report.loads() as u64;
        self.faults += report.faults() as u64;
        if !report.is_sound() {
            self.unsound.push(simulation.clone().traffic().run());
        }
    }

    fn join(&mut self, other: Self) {
        self.schedules += other.schedules;
        self.operations += other.operations;
        self.loads += other.loads;
        self.faults += other.faults;
        self.unsound.extend(other.unsound);
    }
}
