//! Locks in simulated fleets: many schedules in virtual time, in which no two critical sections may overlap.
//!
//! `LARDER_LOCK_SEEDS=START..END` says which seeds are run instead of the first 300; `cargo xtask simulate --locks` runs a million, with optimization.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use fastrand::Rng;
use larder::testing::simulation::{Fault, Faults, Fleet, Simulation};
use larder::{ErrorKind, Larder, Lock, LockGuard, Result, lock};

const VARIABLE: &str = "LARDER_LOCK_SEEDS";
const LEASE: Duration = Duration::from_millis(300);
const KEYS: [&str; 2] = ["a", "b"];

fn seeds() -> Range<u64> {
    let Ok(range) = std::env::var(VARIABLE) else {
        return 0..300;
    };
    let parsed = range
        .split_once("..")
        .and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    parsed.unwrap_or_else(|| panic!("{VARIABLE} is {range:?}, and should be like 0..10000"))
}

/// What a schedule has come to.
#[derive(Debug, Default)]
struct Seen {
    inside: BTreeMap<&'static str, Inside>,
    visits: u64,
    lost: u64,
    busy: u64,
    away: u64,
    overlaps: u64,
    /// Those that came in after somebody with a greater fence had left.
    late: u64,
    violations: Vec<String>,
}

/// Who is in the critical section of a key.
#[derive(Debug, Default)]
struct Inside {
    writer: Option<u64>,
    readers: BTreeSet<u64>,
    fences: BTreeSet<u64>,
}

/// Clones are the same account.
#[derive(Clone, Default)]
struct Account(Arc<Mutex<Seen>>);

/// How a visitor takes its lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Write,
    Read,
    Fair,
    FairRead,
    Try,
    Several,
}

const KINDS: [Kind; 6] = [
    Kind::Write,
    Kind::Read,
    Kind::Fair,
    Kind::FairRead,
    Kind::Try,
    Kind::Several,
];

/// One visit of a critical section; it is over when this is dropped.
struct Visit {
    account: Account,
    key: &'static str,
    number: u64,
    kind: Kind,
}

impl Account {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap()
    }

    /// A critical section begins.
    fn enter(&self, key: &'static str, number: u64, kind: Kind, fence: u64) -> Visit {
        let mut seen = self.seen();
        seen.visits += 1;
        let is_reader = matches!(kind, Kind::Read | Kind::FairRead);
        let inside = seen.inside.entry(key).or_default();
        let others = inside.writer.is_some() || (!is_reader && !inside.readers.is_empty());
        let is_new = inside.fences.insert(fence);
        let is_greatest = inside.fences.last() == Some(&fence);
        if is_reader {
            inside.readers.insert(number);
        } else {
            inside.writer = Some(number);
        }
        if others {
            seen.overlaps += 1;
        }
        if !is_new {
            seen.violations
                .push(format!("visit {number} of {key} has the fence of another"));
        }
        if !others && !is_greatest && !is_reader {
            seen.late += 1;
        }
        Visit {
            account: self.clone(),
            key,
            number,
            kind,
        }
    }
}

impl Visit {
    /// The body goes on: it may only if nobody else has come.
    fn step(&self) {
        let mut seen = self.account.seen();
        let inside = &seen.inside[self.key];
        let is_alone = match self.kind {
            Kind::Read | Kind::FairRead => inside.writer.is_none(),
            _ => inside.writer == Some(self.number) && inside.readers.is_empty(),
        };
        if !is_alone {
            seen.overlaps += 1;
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut seen = self.account.seen();
        let inside = seen.inside.entry(self.key).or_default();
        inside.readers.remove(&self.number);
        if inside.writer == Some(self.number) {
            inside.writer = None;
        }
    }
}

fn jobs(larder: &Larder) -> Lock {
    larder
        .lock("jobs")
        .lease(LEASE)
        .wait(Duration::from_millis(900))
}

/// Takes a lock and stays for a while.
async fn visit(
    account: Account,
    key: &'static str,
    number: u64,
    kind: Kind,
    steps: u32,
) -> Result<()> {
    let jobs = jobs(&Larder::current()?);
    let guard: LockGuard = match kind {
        Kind::Write => jobs.acquire(key).await?,
        Kind::Read => jobs.read(key).await?,
        Kind::Fair => jobs.fair().acquire(key).await?,
        Kind::FairRead => jobs.fair().read(key).await?,
        Kind::Try => jobs.wait(Duration::ZERO).acquire(key).await?,
        Kind::Several => jobs.acquire_all(&[KEYS[1], KEYS[0]]).await?,
    };
    let body = async {
        let keys: Vec<_> = match kind {
            Kind::Several => vec![KEYS[1], KEYS[0]],
            _ => vec![key],
        };
        let fences = lock::fences()?;
        let visits: Vec<_> = keys
            .into_iter()
            .zip(fences)
            .map(|(key, fence)| account.enter(key, number, kind, fence))
            .collect();
        for _ in 0..steps {
            tokio::time::sleep(Duration::from_millis(7)).await;
            visits.iter().for_each(Visit::step);
        }
        Ok(())
    };
    guard.run(body).await??;
    guard.release().await
}

/// Many visitors on all nodes while the faults come and go; then all is well, and every lock can be had.
async fn scenario(fleet: Fleet, seed: u64) -> Seen {
    let account = Account::default();
    let mut chance = Rng::with_seed(seed);
    let mut visitors = Vec::new();
    for number in 0..chance.u64(6..24) {
        let key = KEYS[chance.usize(..KEYS.len())];
        let kind = KINDS[chance.usize(..KINDS.len())];
        let steps = match chance.u8(..10) {
            0..3 => 0,
            3..6 => chance.u32(1..10),
            _ => chance.u32(10..100),
        };
        let node = chance.usize(..4);
        let (fleet, account) = (fleet.clone(), account.clone());
        let begins = Duration::from_millis(chance.u64(..1_500));
        visitors.push(tokio::spawn(async move {
            tokio::time::sleep(begins).await;
            let outcome = fleet
                .call(node, visit(account.clone(), key, number, kind, steps))
                .await;
            let Some(Err(error)) = outcome else { return };
            let mut sum = account.seen();
            match error.kind() {
                ErrorKind::LockBusy => sum.busy += 1,
                ErrorKind::LockLost => sum.lost += 1,
                ErrorKind::Timeout | ErrorKind::Unreachable => sum.away += 1,
                // The server has forgotten the script once more just after it was taught it: nothing ran.
                ErrorKind::Server if error.code() == Some("NOSCRIPT") => sum.away += 1,
                _ => sum.violations.push(format!("visit {number}: {error}")),
            }
        }));
    }
    for visitor in visitors {
        visitor.await.unwrap();
    }
    fleet.heal().await;
    for key in KEYS {
        // What is left of those that died ends with their leases, and with the second that each of them may stand in the way.
        let larder = fleet.node(0).await;
        let had = jobs(&larder)
            .wait(Duration::from_secs(30))
            .acquire(key)
            .await;
        if let Err(error) = had {
            account
                .seen()
                .violations
                .push(format!("{key} cannot be had any more: {error}"));
        }
    }
    std::mem::take(&mut *account.seen())
}

/// Those under which a lock over one server keeps its promise: whatever happens to networks, processes and callers.
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
    simulation.play(|fleet| scenario(fleet, seed))
}

/// Runs the seeds, on all processors.
fn hunt(seeds: Range<u64>, faults: impl Fn(u64) -> Faults + Sync) -> (Seen, String) {
    let workers = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let faults = &faults;
    let mut sum = Seen::default();
    let mut text = String::new();
    std::thread::scope(|scope| {
        let shares: Vec<_> = (0..workers)
            .map(|worker| {
                let own = seeds
                    .clone()
                    .skip(worker as usize)
                    .step_by(workers as usize);
                scope.spawn(move || {
                    own.map(|seed| (seed, run(seed, faults(seed))))
                        .collect::<Vec<_>>()
                })
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

#[test]
fn no_two_critical_sections_overlap_in_any_schedule() {
    let seeds = seeds();
    let began = std::time::Instant::now();
    let (sum, text) = hunt(seeds.clone(), keeping);
    println!(
        "seeds {seeds:?}: {} visits, {} lost, {} busy, {} away, in {:?}",
        sum.visits,
        sum.lost,
        sum.busy,
        sum.away,
        began.elapsed()
    );
    assert!(text.is_empty(), "{text}");
    assert_eq!(sum.late, 0, "a fence did not grow");
    // It is no proof if nobody ever came near.
    assert!(
        sum.visits > 0 && sum.lost > 0 && sum.busy > 0 && sum.away > 0,
        "{sum:?}"
    );
}

/// Schedules in which a lock could not be had any more: the first of several locks had been taken when the second could not be had, giving it back
/// failed until its lease was over, and its renewal went on all the same.
#[test]
fn a_lock_that_could_not_be_given_back_ends_with_its_lease() {
    for seed in [21_013, 37_568, 50_304, 71_382, 93_369, 133_970] {
        let (_, text) = hunt(seed..seed + 1, keeping);
        assert!(text.is_empty(), "{text}");
    }
}

/// Where the server forgets, or its clock is set forward, two may be inside: the simulation sees them, and no two have the same fence.
#[test]
fn where_the_server_forgets_every_overlap_has_two_fences() {
    let forgetful = |_| {
        Faults::none()
            .with(Fault::Restart, 3)
            .with(Fault::ClockJump, 1)
    };
    let (sum, text) = hunt(0..100, forgetful);
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
