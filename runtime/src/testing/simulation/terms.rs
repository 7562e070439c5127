//! What the simulated caches and Larders are declared with: what the rules hold them to.

use std::fmt;
use std::time::Duration;

use fastrand::Rng;

use super::address::{Address, Namespace};
use super::groups::{FLOOR, Label, TEAM, floor_of, team_of};
use super::source::Value;
use crate::cache::{CacheSpec, Entry, Local, Ttl};
use crate::larder::{Cache, Larder};

/// The declarations. Short, so that much happens within a second of virtual time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub(super) ttl: Duration,
    pub(super) lease: Duration,
    pub(super) wait: Duration,
    pub(super) budget: Duration,
    pub(super) timeout: Duration,
    /// For how long nodes keep copies.
    pub(super) local: Local,
    pub(super) indexes: Declared,
    pub(super) tags: Declared,
}

/// Whether the caches are declared with something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declared {
    Yes,
    No,
}

/// The application whose keys ours are.
pub(super) const APP: &str = "simulated";

/// How long an entry lives where nothing has to be seen that takes longer.
const SHORT: Duration = Duration::from_millis(1500);

/// How long an entry lives where copies must be seen to be given up before.
const LONG: Duration = Duration::from_secs(4);

impl Terms {
    /// Caches without local copies, indexes and tags.
    pub(super) const fn standard() -> Self {
        Self {
            ttl: SHORT,
            lease: Duration::from_millis(120),
            wait: Duration::from_millis(400),
            budget: Duration::from_millis(40),
            timeout: Duration::from_millis(200),
            local: Local::Off,
            indexes: Declared::No,
            tags: Declared::No,
        }
    }

    /// What the caches of a fleet are declared with, by chance.
    pub(super) fn draw(chance: &mut Rng) -> Self {
        let (local, ttl) = match chance.u8(..8) {
            0..4 => (Local::Off, SHORT),
            4 => (Local::For(Duration::from_millis(400)), SHORT),
            5 => (Local::WhileFresh, SHORT),
            _ => (Local::WhileFresh, LONG),
        };
        let mut declared = |of: u8| match chance.u8(..of) {
            0 => Declared::Yes,
            _ => Declared::No,
        };
        Self {
            ttl,
            local,
            indexes: declared(2),
            tags: declared(3),
            ..Self::standard()
        }
    }

    /// Whether nodes keep copies.
    pub(super) fn keeps_copies(&self) -> bool {
        self.local != Local::Off
    }

    /// How old a copy can become.
    pub(super) fn copies_live(&self) -> Duration {
        self.local.limit(Some(self.ttl)).unwrap_or_default()
    }

    /// The cache of this namespace.
    pub(super) fn cache(&self, larder: &Larder, namespace: Namespace) -> Cache<Value> {
        let spec = CacheSpec::new(namespace.name(), Ttl::after(self.ttl))
            .lease(self.lease)
            .wait(self.wait)
            .budget(self.budget);
        let mut cache = larder.cache(spec).local(self.local);
        if self.indexes == Declared::Yes {
            cache = cache
                .index(TEAM, |value: &Value, team| {
                    team.value(&team_of(value.version));
                })
                .index_by_caller(FLOOR);
        }
        if self.tags == Declared::Yes {
            cache = cache.tag(Label::Directory.to_string());
        }
        cache
    }

    /// The entry of this address.
    pub(super) fn entry(&self, larder: &Larder, address: Address) -> Entry<Value> {
        let cache = self.cache(larder, address.namespace());
        let mut entry = cache.entry(|key| address.write(key));
        let floor = floor_of(address);
        if self.indexes == Declared::Yes {
            entry = entry.index(FLOOR, &floor);
        }
        if self.tags == Declared::Yes {
            entry = entry.tag(Label::Floor(floor).to_string());
        }
        entry
    }
}

impl fmt::Display for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entries live {:?}", self.ttl)?;
        if self.keeps_copies() {
            write!(f, ", copies {:?}", self.copies_live())?;
        }
        let named = [(self.indexes, ", with indexes"), (self.tags, ", with tags")];
        let declared = named
            .iter()
            .filter(|(declared, _)| *declared == Declared::Yes);
        declared
            .map(|(_, name)| *name)
            .try_for_each(|name| f.write_str(name))
    }
}
