//! Seeded simulations of a fleet: many Larders over one embedded server in virtual time, where
//! whatever can go wrong does.
//!
//! A [`Simulation`] draws from its seed who does what and when, and what goes wrong meanwhile
//! ([`Fault`]): slow and cut networks, lost replies and pushes, callers dropped at any await,
//! processes that die, a server that restarts or forgets, clocks that jump. It carries this out on
//! one thread with a paused clock, so a second of it takes about a millisecond and the same seed
//! always does the same. What happened is held to the rules of `GUARANTEES.md`; the [`Report`] says
//! what was against them.
//!
//! ```
//! # extern crate larder_runtime as larder;
//! use larder::testing::simulation::Simulation;
//!
//! for seed in 0..20 {
//!     let report = Simulation::seeded(seed).run();
//!     assert!(report.is_sound(), "{report}");
//! }
//! ```
//!
//! [`Simulation::play`] does the same to code of your own.

use std::future::Future;
use std::time::Duration;

use fastrand::Rng;
use tokio::runtime::Builder;

use crate::clock::Clock;

mod action;
mod address;
mod electors;
mod fleet;
mod groups;
mod history;
mod hunt;
mod mutant;
mod perform;
mod plan;
mod play;
mod remains;
mod report;
mod rules;
mod source;
mod stage;
mod terms;
mod trouble;
mod world;

pub use fleet::Fleet;
pub use hunt::{Hunt, hunt};
#[doc(hidden)]
pub use mutant::Mutant;
pub use report::Report;
pub use rules::Violation;
pub use trouble::{Fault, Faults};

use address::Address;
use fleet::Callers;
use history::History;
use plan::{Bounds, Plan, pick};
use play::Play;
use stage::{Stage, Traffic};
use terms::Terms;
use world::World;

/// One schedule of a simulated fleet. What is not said is drawn from the seed.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::testing::simulation::{Fault, Faults, Simulation};
///
/// let report = Simulation::seeded(7)
///     .nodes(3)
///     .entries(2)
///     .steps(50)
///     .faults(Faults::all().with(Fault::Restart, 0))
///     .traffic()                                        // requests and replies too, in `{report}`
///     .run();
/// assert!(report.is_sound(), "{report}");
/// ```
#[derive(Debug, Clone)]
#[must_use = "a simulation does nothing until it is run"]
pub struct Simulation {
    seed: u64,
    nodes: Option<usize>,
    entries: Option<u8>,
    steps: Option<usize>,
    faults: Option<Faults>,
    mutant: Option<Mutant>,
    quorum: usize,
    traffic: Traffic,
}

impl Simulation {
    /// The simulation of this seed.
    pub fn seeded(seed: u64) -> Self {
        Self {
            seed,
            nodes: None,
            entries: None,
            steps: None,
            faults: None,
            mutant: None,
            quorum: 0,
            traffic: Traffic::Unseen,
        }
    }

    /// How many processes the fleet has, at least one. Drawn: two to four.
    pub fn nodes(mut self, nodes: usize) -> Self {
        self.nodes = Some(nodes.max(1));
        self
    }

    /// How many entries the operations are about: one to six. Drawn: one to four.
    pub fn entries(mut self, entries: u8) -> Self {
        self.entries = Some(entries.clamp(1, Address::MOST));
        self
    }

    /// How many operations and faults there are, about. Drawn: 10 to 32.
    pub fn steps(mut self, steps: usize) -> Self {
        self.steps = Some(steps);
        self
    }

    /// Which faults there are. Drawn: all, none, or a few.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = Some(faults);
        self
    }

    /// So many independent servers keep the locks with `quorum`. What happens to networks and
    /// servers happens to them then: a node's connections with some of them fail, and
    /// [`Fault::Restart`] and [`Fault::ClockJump`] are of a minority, the same one throughout. None
    /// unless said.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use larder::testing::simulation::{Fault, Faults, Simulation};
    ///
    /// let faults = Faults::none().with(Fault::Restart, 1);
    /// let had = Simulation::seeded(7).quorum(3).faults(faults).play(async |fleet| {
    ///     let lock = fleet.node(0).await.lock("jobs").quorum();
    ///     fleet.call(0, async move { lock.acquire("a").await.is_ok() }).await
    /// });
    /// println!("{had:?}");
    /// ```
    pub fn quorum(mut self, servers: usize) -> Self {
        self.quorum = servers;
        self
    }

    /// Writes every request and reply into the history too. It changes nothing of what happens.
    pub fn traffic(mut self) -> Self {
        self.traffic = Traffic::Written;
        self
    }

    /// Plants a mistake, for the tests of the simulation itself.
    #[doc(hidden)]
    pub fn mutant(mut self, mutant: Mutant) -> Self {
        self.mutant = Some(mutant);
        self
    }

    /// Carries it out, and holds what happened to the rules.
    ///
    /// # Panics
    /// If no runtime can be started, or within one.
    pub fn run(&self) -> Report {
        let mut chance = Rng::with_seed(self.seed);
        let bounds = self.bounds(&mut chance);
        let plan = Plan::draw(&mut chance, &bounds);
        let seed = chance.u64(..);
        let history = in_virtual_time(seed, self.carry_out(&plan, &bounds, seed));
        Report::new(self.seed, history)
    }

    /// Runs code of your own against a fleet, while the faults of the seed come and go. Answers
    /// what the code answers.
    ///
    /// What the seed decides is the same at every run; what your code draws by chance of its own is
    /// not. `tokio::select!` draws by chance unless it is `biased`, and so does the order of a
    /// `HashMap`.
    ///
    /// # Panics
    /// If no runtime can be started, within one, or when the scenario does.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use larder::testing::simulation::Simulation;
    /// use larder::{CacheSpec, Ttl};
    /// use std::time::Duration;
    ///
    /// const PRICES: CacheSpec = CacheSpec::new("prices", Ttl::after(Duration::from_secs(60)));
    ///
    /// for seed in 0..20 {
    ///     Simulation::seeded(seed).nodes(2).play(async |fleet| {
    ///         for round in 0..10 {
    ///             // On a node that may be cut off just now, by a caller that may be dropped: then there is no answer.
    ///             let prices = fleet.node(round).await.cache::<u64>(PRICES);
    ///             let entry = prices.entry(|key| key.arg("tea"));
    ///             let price = fleet.call(round, async move { entry.get_or_load(async { 250 }).await }).await;
    ///             assert!(price.is_none_or(|price| price == 250), "seed {seed}");
    ///             fleet.sleep(Duration::from_millis(20)).await;
    ///         }
    ///     });
    /// }
    /// ```
    pub fn play<T>(&self, scenario: impl AsyncFnOnce(Fleet) -> T) -> T {
        let mut chance = Rng::with_seed(self.seed);
        let mut bounds = self.bounds(&mut chance);
        bounds.steps = self.steps.unwrap_or(200);
        let plan = Plan::draw_troubles(&mut chance, &bounds);
        let seed = chance.u64(..);
        in_virtual_time(seed, async {
            let chance = Rng::with_seed(seed);
            let stage = Stage::new(Clock::starting_at(Duration::ZERO), self.traffic);
            let world = World::new(stage, bounds.fleet(), (self.mutant, self.quorum), chance).await;
            let callers = match bounds.faults.weight(Fault::DroppedCaller) {
                0 => Callers::Stay,
                _ => Callers::MayBeDropped,
            };
            let fleet = Fleet::new(world, callers);
            let troubles = tokio::spawn(fleet.clone().suffer(plan));
            let answer = scenario(fleet).await;
            troubles.abort();
            answer
        })
    }

    async fn carry_out(&self, plan: &Plan, bounds: &Bounds, seed: u64) -> History {
        let stage = Stage::new(Clock::starting_at(Duration::ZERO), self.traffic);
        let chance = Rng::with_seed(seed);
        let world = World::new(stage, bounds.fleet(), (self.mutant, self.quorum), chance).await;
        Play::new(world, plan.hesitation)
            .out(plan, bounds.entries)
            .await
    }

    fn bounds(&self, chance: &mut Rng) -> Bounds {
        let nodes = chance.usize(2..=4);
        let entries = chance.u8(1..=4);
        let steps = chance.usize(10..=32);
        let faults = draw_faults(chance);
        let terms = Terms::draw(chance);
        Bounds {
            terms,
            nodes: self.nodes.unwrap_or(nodes),
            entries: self.entries.unwrap_or(entries),
            steps: self.steps.unwrap_or(steps),
            faults: self.faults.unwrap_or(faults),
        }
    }
}

/// All, none, or a few: a schedule in which everything goes wrong shows less of what one thing
/// does.
fn draw_faults(chance: &mut Rng) -> Faults {
    match chance.u8(..10) {
        0..2 => Faults::none(),
        2..6 => Faults::all(),
        _ => {
            let one = *pick(chance, &Fault::ALL);
            let other = *pick(chance, &Fault::ALL);
            Faults::none().with(one, 1).with(other, 1)
        }
    }
}

/// Runs the future on this thread, where time passes only when everybody waits.
fn in_virtual_time<T>(seed: u64, future: impl Future<Output = T>) -> T {
    // What the runtime draws by chance on this thread, such as pauses between tries, comes from the
    // seed as well; afterwards the thread goes on as if nothing had been.
    let before = Rng::new();
    fastrand::seed(seed);
    #[allow(
        clippy::expect_used,
        reason = "a simulation without a runtime has failed, as a test has"
    )]
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a simulation needs a Tokio runtime");
    let output = runtime.block_on(future);
    drop(runtime);
    fastrand::seed({ before }.u64(..));
    output
}

#[cfg(test)]
mod tests;
