//! What has happened, counted a namespace. Never a key: the number of series is the number of
//! caches.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use arc_swap::ArcSwap;

use crate::hash::QuickHash;

use crate::codec::envelope::Unreadable;

/// The counts of every namespace of one Larder.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// Where a call looks first.
    nearby: Nearby,
    /// Only the first call of a namespace changes it: the calls must not queue for a lock.
    by_namespace: ArcSwap<HashMap<&'static str, Arc<Counters>, QuickHash>>,
}

/// Counters by where the name of their namespace stands in the program: to compare two addresses
/// takes an eighth of what it takes to look a name up. Whoever is first in a place stays there, and
/// those who would have it too are looked up.
struct Nearby(Box<[Place; PLACES]>);

type Place = OnceLock<(&'static str, Arc<Counters>)>;

const PLACES: usize = 256;

/// The counts of one namespace.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    counts: [AtomicU64; Event::ALL],
    /// What threads count for themselves.
    tallies: Mutex<Vec<Arc<AtomicU64>>>,
}

/// The local hits that one thread has counted in one namespace. A counter that all threads share
/// would cost each of them more than all else that such a hit does together.
#[derive(Debug)]
pub(crate) struct Tally {
    of: Weak<Counters>,
    hits: Arc<AtomicU64>,
}

/// Something that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Hit,
    NegativeHit,
    Load,
    Shared,
    Alone,
    Degraded,
    Bypassed,
    Stored,
    Voided,
    NotStored,
    FillFailed,
    Corrupt,
    Foreign,
    OtherShape,
    Outdated,
    TooLarge,
    EncodeFailed,
    LocalHit,
    LocalNegativeHit,
    LocalBypassed,
    LocalKept,
    LocalDiscarded,
    StaleHit,
    Expired,
    Refreshed,
    RefreshFailed,
    LoadTimeout,
    InvalidationQueued,
    InvalidationCaughtUp,
    InvalidationLost,
}

impl Event {
    const ALL: usize = Self::InvalidationLost as usize + 1;

    /// Its name in spans.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::NegativeHit => "negative_hit",
            Self::Load => "load",
            Self::Shared => "shared",
            Self::Alone => "alone",
            Self::Degraded => "degraded",
            Self::Bypassed => "bypassed",
            Self::Stored => "stored",
            Self::Voided => "voided",
            Self::NotStored => "not_stored",
            Self::FillFailed => "fill_failed",
            Self::Corrupt => "corrupt",
            Self::Foreign => "foreign",
            Self::OtherShape => "other_shape",
            Self::Outdated => "outdated",
            Self::TooLarge => "too_large",
            Self::EncodeFailed => "encode_failed",
            Self::LocalHit => "local_hit",
            Self::LocalNegativeHit => "local_negative_hit",
            Self::LocalBypassed => "local_bypassed",
            Self::LocalKept => "local_kept",
            Self::LocalDiscarded => "local_discarded",
            Self::StaleHit => "stale_hit",
            Self::Expired => "expired",
            Self::Refreshed => "refreshed",
            Self::RefreshFailed => "refresh_failed",
            Self::LoadTimeout => "load_timeout",
            Self::InvalidationQueued => "invalidation_queued",
            Self::InvalidationCaughtUp => "invalidation_caught_up",
            Self::InvalidationLost => "invalidation_lost",
        }
    }
}

/// Under what an unreadable value is counted.
impl From<Unreadable> for Event {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Foreign | Unreadable::OtherKey => Self::Foreign,
            Unreadable::TooLarge => Self::TooLarge,
            Unreadable::Truncated | Unreadable::Corrupt => Self::Corrupt,
            _ => Self::OtherShape,
        }
    }
}

/// What has happened in one namespace since its Larder was made.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// let larder = larder::Larder::memory();
/// let entry = larder.cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
/// entry.get_or_load(async { 1 }).await;
/// entry.get_or_load(async { 1 }).await;
///
/// let stats = larder.stats("users");
/// assert_eq!((stats.loads, stats.stored, stats.hits), (1, 1, 1));
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheStats {
    /// Calls answered with a stored value.
    pub hits: u64,
    /// Calls answered with a stored error.
    pub negative_hits: u64,
    /// Bodies run to fill the cache.
    pub loads: u64,
    /// Calls answered with what another caller of this process loaded meanwhile.
    pub shared: u64,
    /// Bodies run without filling, because another's load took longer than `wait`, or its outcome
    /// could not be shared.
    pub alone: u64,
    /// Calls for which the backend could not be asked, or must not be because an invalidation of
    /// their entry waits for it.
    pub degraded: u64,
    /// Calls that `if` or `unless` sent past the cache.
    pub bypassed: u64,
    /// Values stored.
    pub stored: u64,
    /// Loaded values that were not stored, because an invalidation, a put or another load came
    /// first.
    pub voided: u64,
    /// Loaded values that the cache's own rules did not want stored.
    pub not_stored: u64,
    /// Loaded values that could not be stored because the backend could not be asked.
    pub fill_failed: u64,
    /// Stored values that could not be decoded: a miss each.
    pub corrupt: u64,
    /// Stored bytes that Larder never wrote, or wrote for another key: a miss each.
    pub foreign: u64,
    /// Stored values of another format, codec or schema: a miss each.
    pub other_shape: u64,
    /// Stored values one of whose tags was invalidated since, or that lack one: a miss each.
    pub outdated: u64,
    /// Values larger than the limit, stored ones (a miss each) and loaded ones (not stored).
    pub too_large: u64,
    /// Loaded values that could not be encoded.
    pub encode_failed: u64,
    /// Calls answered with a copy of a value in this process.
    pub local_hits: u64,
    /// Calls answered with a copy of a stored error in this process.
    pub local_negative_hits: u64,
    /// Calls that went past a copy in this process to the server: pushes were not known to arrive,
    /// or the call asked for more than the copy could promise.
    pub local_bypassed: u64,
    /// Copies kept in this process.
    pub local_kept: u64,
    /// Values that were read to be kept in this process and were not, because something happened to
    /// the key meanwhile.
    pub local_discarded: u64,
    /// Calls answered with a stored value whose TTL was over.
    pub stale_hits: u64,
    /// Stored values that a build with another `stale` would still serve: a miss each.
    pub expired: u64,
    /// Values that were refreshed while they stood there, and stored; `stored` counts them too.
    pub refreshed: u64,
    /// Refreshes that ended in an error, or whose value could not be stored (`too_large`,
    /// `encode_failed`): the old value stayed.
    pub refresh_failed: u64,
    /// Calls that did not wait for a load to end: by `soft`, answered with the old value and
    /// counted as such, or by `hard`, with an error; and changes by hand that have waited for
    /// `wait`, with an error.
    pub load_timeouts: u64,
    /// Invalidations of keys and index values that the server could not be told of, or whose caller
    /// gave up: they were queued.
    pub invalidations_queued: u64,
    /// Queued ones that are done since, or needless because whatever they were about has ended.
    pub invalidations_caught_up: u64,
    /// Invalidations that were neither done nor queued: too many others waited, or the Larder was
    /// closed meanwhile.
    pub invalidations_lost: u64,
}

impl Metrics {
    /// It happened once more in this namespace. Costs less than to have its counters, which all
    /// calls of it would share.
    pub(crate) fn count(&self, namespace: &'static str, event: Event) {
        match self.nearby.find(namespace) {
            Some(counters) => counters.count(event),
            None => self.find_and_count(namespace, event),
        }
    }

    #[cold]
    fn find_and_count(&self, namespace: &'static str, event: Event) {
        if self.nearby.has_room_for(namespace) {
            self.nearby.keep(namespace, self.of(namespace));
        }
        match self.by_namespace.load().get(namespace) {
            Some(counters) => counters.count(event),
            None => self.of(namespace).count(event),
        }
    }

    /// The counters of this namespace.
    pub(crate) fn of(&self, namespace: &'static str) -> Arc<Counters> {
        if let Some(counters) = self.by_namespace.load().get(namespace) {
            return Arc::clone(counters);
        }
        let new = Arc::<Counters>::default();
        // Others may do the same at this moment: whoever comes second takes the counters of the
        // first.
        self.by_namespace.rcu(|known| {
            let mut known = HashMap::clone(known);
            known.entry(namespace).or_insert_with(|| Arc::clone(&new));
            known
        });
        let known = self.by_namespace.load();
        known.get(namespace).map_or(new, Arc::clone)
    }

    /// What has happened in this namespace; all zeros if nothing has.
    pub(crate) fn stats(&self, namespace: &str) -> CacheStats {
        let known = self.by_namespace.load();
        known
            .get(namespace)
            .map(|counters| counters.stats())
            .unwrap_or_default()
    }
}

impl Nearby {
    /// The counters of a name that stands here, if they are kept.
    fn find(&self, namespace: &'static str) -> Option<&Counters> {
        let (kept, counters) = self.place(namespace).get()?;
        std::ptr::eq(*kept, namespace).then_some(counters)
    }

    fn has_room_for(&self, namespace: &'static str) -> bool {
        self.place(namespace).get().is_none()
    }

    fn keep(&self, namespace: &'static str, counters: Arc<Counters>) {
        let _ = self.place(namespace).set((namespace, counters));
    }

    /// Names stand close to each other, so most have a place of their own.
    fn place(&self, namespace: &'static str) -> &Place {
        &self.0[namespace.as_ptr().addr() % PLACES]
    }
}

impl Default for Nearby {
    fn default() -> Self {
        Self(Box::new([const { OnceLock::new() }; PLACES]))
    }
}

impl fmt::Debug for Nearby {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nearby").finish_non_exhaustive()
    }
}

impl Counters {
    /// It happened once more.
    pub(crate) fn count(&self, event: Event) {
        self.counts[event as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// A tally for one thread.
    pub(crate) fn tally(self: &Arc<Self>) -> Tally {
        let hits = Arc::<AtomicU64>::default();
        self.tallies().push(Arc::clone(&hits));
        Tally {
            of: Arc::downgrade(self),
            hits,
        }
    }

    /// The tallies that are still counted on. What the others have come to is counted here from now
    /// on.
    fn tallies(&self) -> MutexGuard<'_, Vec<Arc<AtomicU64>>> {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        tallies.retain_mut(|hits| match Arc::get_mut(hits) {
            Some(hits) => {
                self.counts[Event::LocalHit as usize].fetch_add(*hits.get_mut(), Ordering::Relaxed);
                false
            }
            None => true,
        });
        tallies
    }

    /// How many local hits threads have counted for themselves.
    fn tallied(&self) -> u64 {
        let tallies = self.tallies();
        let hits = tallies.iter().map(|hits| hits.load(Ordering::Relaxed));
        hits.sum()
    }

    fn stats(&self) -> CacheStats {
        // First, since what a thread leaves behind becomes a part of the counts.
        let tallied = self.tallied();
        let count = |event: Event| self.counts[event as usize].load(Ordering::Relaxed);
        CacheStats {
            hits: count(Event::Hit),
            negative_hits: count(Event::NegativeHit),
            loads: count(Event::Load),
            shared: count(Event::Shared),
            alone: count(Event::Alone),
            degraded: count(Event::Degraded),
            bypassed: count(Event::Bypassed),
            stored: count(Event::Stored),
            voided: count(Event::Voided),
            not_stored: count(Event::NotStored),
            fill_failed: count(Event::FillFailed),
            corrupt: count(Event::Corrupt),
            foreign: count(Event::Foreign),
            other_shape: count(Event::OtherShape),
            outdated: count(Event::Outdated),
            too_large: count(Event::TooLarge),
            encode_failed: count(Event::EncodeFailed),
            local_hits: count(Event::LocalHit) + tallied,
            local_negative_hits: count(Event::LocalNegativeHit),
            local_bypassed: count(Event::LocalBypassed),
            local_kept: count(Event::LocalKept),
            local_discarded: count(Event::LocalDiscarded),
            stale_hits: count(Event::StaleHit),
            expired: count(Event::Expired),
            refreshed: count(Event::Refreshed),
            refresh_failed: count(Event::RefreshFailed),
            load_timeouts: count(Event::LoadTimeout),
            invalidations_queued: count(Event::InvalidationQueued),
            invalidations_caught_up: count(Event::InvalidationCaughtUp),
            invalidations_lost: count(Event::InvalidationLost),
        }
    }
}

impl Tally {
    /// One more hit. There is one tally for one thread, so nobody else writes meanwhile.
    #[inline]
    pub(crate) fn count(&mut self) {
        let hits = self.hits.load(Ordering::Relaxed);
        self.hits.store(hits + 1, Ordering::Relaxed);
    }

    /// Whether it is of these counters.
    pub(crate) fn is_of(&self, counters: &Arc<Counters>) -> bool {
        std::ptr::eq(self.of.as_ptr(), Arc::as_ptr(counters))
    }

    /// Whether its counters are gone.
    pub(crate) fn is_over(&self) -> bool {
        self.of.strong_count() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_alike_wherever_it_stands_and_apart_from_all_others() {
        static TEXT: &str = match str::from_utf8(&[b'a'; 2 * PLACES]) {
            Ok(text) => text,
            Err(_) => unreachable!(),
        };
        let (one, elsewhere) = (&TEXT[..3], &TEXT[10..13]);
        // It would have the place of the first.
        let other = &TEXT[PLACES..PLACES + 4];
        let (metrics, of_another) = (Metrics::default(), Metrics::default());
        for _ in 0..2 {
            metrics.count(one, Event::Hit);
            metrics.count(elsewhere, Event::Hit);
            metrics.count(other, Event::Hit);
        }
        of_another.count(one, Event::Hit);
        let hits = |metrics: &Metrics, name| metrics.stats(name).hits;
        assert_eq!((hits(&metrics, "aaa"), hits(&metrics, "aaaa")), (4, 2));
        assert_eq!(hits(&of_another, "aaa"), 1);
    }

    #[test]
    fn what_threads_count_for_themselves_is_counted_while_they_live_and_after() {
        let counters = Arc::<Counters>::default();
        counters.count(Event::LocalHit);
        let mut here = counters.tally();
        here.count();
        std::thread::scope(|threads| {
            let _ = threads.spawn(|| {
                let mut there = counters.tally();
                there.count();
                there.count();
                assert_eq!(counters.stats().local_hits, 4);
            });
        });
        assert_eq!(counters.stats().local_hits, 4);
        here.count();
        assert_eq!(counters.stats().local_hits, 5);
        assert_eq!(
            counters.tallies.lock().unwrap().len(),
            1,
            "of the thread that is over nothing is kept"
        );
        assert!(here.is_of(&counters));
        drop(counters);
        assert!(here.is_over());
    }
}
