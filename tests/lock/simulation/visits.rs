//! Visits of critical sections, and the account of who was inside.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use fastrand::Rng;
use larder::testing::simulation::Fleet;
use larder::{ErrorKind, Larder, Lock, LockGuard, Result, lock};

pub(super) const LEASE: Duration = Duration::from_millis(300);
const KEYS: [&str; 2] = ["a", "b"];

/// What a schedule has come to.
#[derive(Debug, Default)]
pub(super) struct Seen {
    inside: BTreeMap<&'static str, Inside>,
    pub(super) visits: u64,
    pub(super) lost: u64,
    pub(super) busy: u64,
    pub(super) away: u64,
    pub(super) overlaps: u64,
    /// Those that came in after somebody with a greater fence had left.
    pub(super) late: u64,
    pub(super) violations: Vec<String>,
}

/// Who is in the critical section of a key.
#[derive(Debug, Default)]
struct Inside {
    writer: Option<u64>,
    readers: BTreeSet<u64>,
    /// The fences so far, and who has come in with them.
    fences: BTreeMap<u64, Entrance>,
}

/// That somebody has come in.
#[derive(Debug, Clone, Copy)]
struct Entrance {
    kind: Kind,
    /// How many had come in by then, himself included.
    count: u64,
}

/// Who keeps the locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keepers {
    Server,
    Quorum,
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

/// A quorum has no queue.
const KINDS_OF_A_QUORUM: [Kind; 4] = [Kind::Write, Kind::Read, Kind::Try, Kind::Several];

impl Kind {
    /// Whether others may be inside that do as well.
    fn shares(self) -> bool {
        matches!(self, Self::Read | Self::FairRead)
    }
}

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

    /// How many have come in.
    fn count(&self) -> u64 {
        self.seen().visits
    }

    /// A critical section begins, for somebody who asked for it when so many had come in.
    fn enter(
        &self,
        keepers: Keepers,
        key: &'static str,
        (number, kind): (u64, Kind),
        (asked, fence): (u64, u64),
    ) -> Visit {
        let mut seen = self.seen();
        seen.visits += 1;
        let entrance = Entrance {
            kind,
            count: seen.visits,
        };
        let is_reader = kind.shares();
        let inside = seen.inside.entry(key).or_default();
        let others = inside.writer.is_some() || (!is_reader && !inside.readers.is_empty());
        let other = inside.fences.insert(fence, entrance);
        let greatest = inside.fences.last_key_value();
        let is_greatest = greatest.is_some_and(|(greatest, _)| *greatest == fence);
        if is_reader {
            inside.readers.insert(number);
        } else {
            inside.writer = Some(number);
        }
        if others {
            seen.overlaps += 1;
        }
        // Readers who ask at the same moment are given each other's by servers that they come to in
        // different orders. Who asks when a reader has come in gets a greater one.
        let may_share = |other: Entrance| {
            keepers == Keepers::Quorum && is_reader && other.kind.shares() && asked < other.count
        };
        if other.is_some_and(|other| !may_share(other)) {
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
            kind if kind.shares() => inside.writer.is_none(),
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

fn jobs(larder: &Larder, keepers: Keepers) -> Lock {
    let jobs = larder
        .lock("jobs")
        .lease(LEASE)
        .wait(Duration::from_millis(900));
    match keepers {
        Keepers::Server => jobs,
        Keepers::Quorum => jobs.quorum(),
    }
}

/// Takes a lock and stays for a while.
async fn visit(
    account: Account,
    keepers: Keepers,
    (key, kind): (&'static str, Kind),
    number: u64,
    steps: u32,
) -> Result<()> {
    let jobs = jobs(&Larder::current()?, keepers);
    let asked = account.count();
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
            .map(|(key, fence)| account.enter(keepers, key, (number, kind), (asked, fence)))
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

/// Many visitors on all nodes while the faults come and go; then all is well, and every lock can be
/// had.
pub(super) async fn scenario(fleet: Fleet, seed: u64, keepers: Keepers) -> Seen {
    let account = Account::default();
    let mut chance = Rng::with_seed(seed);
    let mut visitors = Vec::new();
    for number in 0..chance.u64(6..24) {
        let key = KEYS[chance.usize(..KEYS.len())];
        let kinds: &[Kind] = match keepers {
            Keepers::Server => &KINDS,
            Keepers::Quorum => &KINDS_OF_A_QUORUM,
        };
        let kind = kinds[chance.usize(..kinds.len())];
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
                .call(
                    node,
                    visit(account.clone(), keepers, (key, kind), number, steps),
                )
                .await;
            let Some(Err(error)) = outcome else { return };
            let mut sum = account.seen();
            match error.kind() {
                ErrorKind::LockBusy => sum.busy += 1,
                ErrorKind::LockLost => sum.lost += 1,
                ErrorKind::Timeout | ErrorKind::Unreachable => sum.away += 1,
                // The server has forgotten the script once more just after it was taught it:
                // nothing ran.
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
        // What is left of those that died ends with their leases, and with the second that each of
        // them may stand in the way.
        let larder = fleet.node(0).await;
        let had = jobs(&larder, keepers)
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
