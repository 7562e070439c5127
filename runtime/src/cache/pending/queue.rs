//! The queue: what waits, and what must not be read meanwhile.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::super::tag::carried;
use super::subject::Subject;
use super::turns::{Turn, Turns};
use crate::clock::{Clock, Moment};
use crate::codec::envelope::{self, Sections};
use crate::duty::Duty;
use crate::key::{IndexValue, Key, TagKey};
use crate::length::sum;

/// How many invalidations wait at most.
pub(crate) const MOST: usize = 10_000;

/// A load that began before the invalidation may store what it read so much later, and only then
/// does the entry's life begin.
const LONGEST_LOAD: Duration = Duration::from_hours(1);

/// The invalidations of one Larder that wait for the server.
#[derive(Debug)]
pub(crate) struct Pending {
    clock: Clock,
    /// How long one question to the server may take.
    command_timeout: Duration,
    /// By their names, so that what is queued twice waits once, and in an order that does not
    /// depend on chance.
    waiting: Mutex<BTreeMap<Vec<u8>, Waiting>>,
    /// How many they are: calls look here, and mostly need not look further.
    count: AtomicUsize,
    next: AtomicU64,
    /// Held while the server is told of some, and while something is put in the place of one that
    /// waits: of the two the server hears one after the other, so that what was put last is what
    /// stays.
    telling: Turns,
    /// Telling the server until nothing waits.
    pub(crate) retrying: Arc<Duty>,
    is_closed: AtomicBool,
    /// It is worthwhile to try again, or the queue is closed.
    pub(crate) wake: Notify,
}

#[derive(Debug)]
struct Waiting {
    subject: Subject,
    number: Number,
    /// From then on there can be nothing to invalidate.
    until: Option<Moment>,
}

/// Tells what was queued before something from what was queued after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number(u64);

/// What became of an invalidation that was to be queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Queued {
    Yes,
    /// There is no room.
    Full,
    /// Nothing is sent any more.
    Closed,
}

impl Pending {
    pub(crate) fn new(clock: Clock, command_timeout: Duration) -> Self {
        Self {
            clock,
            command_timeout,
            waiting: Mutex::default(),
            count: AtomicUsize::new(0),
            next: AtomicU64::new(0),
            telling: Turns::default(),
            retrying: Arc::default(),
            is_closed: AtomicBool::new(false),
            wake: Notify::new(),
        }
    }

    /// How many wait.
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    /// What is queued from now on is not before this.
    pub(crate) fn now(&self) -> Number {
        Number(self.next.load(Ordering::Acquire))
    }

    /// Whether the entry with this key and these tags must not be read: its own invalidation waits,
    /// or that of a tag of it or of its namespace.
    pub(crate) fn covers(&self, key: &Key, tags: &[TagKey]) -> bool {
        if self.count() == 0 {
            return false;
        }
        let waiting = self.lock();
        covers_key(&waiting, key) || tags.iter().any(|tag| waiting.contains_key(tag.as_bytes()))
    }

    /// Whether what stands under this key must not be read, because of what it carries: a tag that
    /// its reader may not know, or a value of an index.
    pub(crate) fn covers_content(&self, key: &Key, bytes: &[u8]) -> bool {
        if self.count() == 0 {
            return false;
        }
        let waiting = self.lock();
        let belongings = envelope::belongings(bytes, key.as_bytes());
        belongings.is_some_and(|(_, sections)| covers_sections(&waiting, key, sections))
    }

    /// The same of an entry that was found by something else than its key.
    pub(crate) fn covers_found(&self, key: &Key, bytes: &[u8]) -> bool {
        if self.count() == 0 {
            return false;
        }
        let is_covered = covers_key(&self.lock(), key);
        is_covered || self.covers_content(key, bytes)
    }

    /// Queues an invalidation. If it waits already, it does so from now on.
    pub(crate) fn push(&self, subject: Subject) -> Queued {
        if self.is_closed() {
            return Queued::Closed;
        }
        let lives = subject.lives().map(|lives| sum(lives, LONGEST_LOAD));
        let new = Waiting {
            until: lives.map(|lives| self.clock.now() + lives),
            number: Number(self.next.fetch_add(1, Ordering::AcqRel)),
            subject,
        };
        let name = new.subject.name();
        let mut waiting = self.lock();
        if waiting.len() >= MOST && !waiting.contains_key(&name) {
            return Queued::Full;
        }
        waiting.insert(name, new);
        self.count.store(waiting.len(), Ordering::Release);
        Queued::Yes
    }

    /// What was invalidated or overwritten needs no invalidation that was queued before that began.
    pub(crate) fn settle(&self, name: &[u8], before: Number) -> bool {
        if self.count() == 0 {
            return false;
        }
        let mut waiting = self.lock();
        let is_settled = waiting.get(name).is_some_and(|it| it.number < before);
        if is_settled {
            waiting.remove(name);
            self.count.store(waiting.len(), Ordering::Release);
        }
        is_settled
    }

    /// If one of these waits: the turn to overwrite what it is about, for as long as it is held.
    pub(crate) async fn turn_to_put(&self, mut names: impl Iterator<Item = &[u8]>) -> Option<Turn> {
        let some_wait = self.count() > 0 && {
            let waiting = self.lock();
            names.any(|name| waiting.contains_key(name))
        };
        if some_wait {
            Some(self.turn_to_tell().await)
        } else {
            None
        }
    }

    /// The turn to tell the server, for as long as it is held.
    pub(crate) async fn turn_to_tell(&self) -> Turn {
        self.telling.next(&self.clock, self.command_timeout).await
    }

    /// How long the retrying task may take from one sign of life to the next while it tells some:
    /// it waits for its turn, and then for the server.
    pub(crate) fn longest_step(&self) -> Duration {
        2 * self.command_timeout
    }

    /// The clock that it goes by.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Whether this one still waits.
    pub(crate) fn still_waits(&self, subject: &Subject, number: Number) -> bool {
        let waiting = self.lock();
        let found = waiting.get(&subject.name());
        found.is_some_and(|it| it.number == number)
    }

    /// Takes out those that have become needless with time.
    pub(crate) fn forget_ended(&self) -> Vec<Subject> {
        let now = self.clock.now();
        let mut waiting = self.lock();
        let ended = waiting.extract_if(.., |_, it| it.until.is_some_and(|until| until <= now));
        let ended = ended.map(|(_, it)| it.subject).collect();
        self.count.store(waiting.len(), Ordering::Release);
        ended
    }

    /// All that wait now.
    pub(crate) fn all(&self) -> Vec<(Subject, Number)> {
        let waiting = self.lock();
        let all = waiting.values();
        all.map(|it| (it.subject.clone(), it.number)).collect()
    }

    /// Nothing is queued or tried again from now on.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.wake.notify_waiters();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// Whoever panicked with the lock has left a queue that is as good as any.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Number {
    /// Just behind this one.
    pub(crate) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

type Queue = BTreeMap<Vec<u8>, Waiting>;

fn covers_key(waiting: &Queue, key: &Key) -> bool {
    waiting.contains_key(&key.namespace_pattern())
        || key
            .covered_versions()
            .any(|key| waiting.contains_key(key.as_bytes()))
}

fn covers_sections(waiting: &Queue, key: &Key, sections: Sections<'_>) -> bool {
    let has_tag = |(tag, _): (TagKey, _)| waiting.contains_key(tag.as_bytes());
    let is_listed = |(index, value)| {
        let value = IndexValue::from_parts(index, value);
        let keys = key.indexes();
        keys.covered_versions()
            .any(|keys| waiting.contains_key(keys.set(&value).as_bytes()))
    };
    sections.indexes().any(is_listed) || carried(sections, key).any(has_tag)
}
