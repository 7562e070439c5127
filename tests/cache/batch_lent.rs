//! Batches by loads that are lent to them: what is stale or due early is refreshed within the call,
//! under the leases of refreshes, so that others read the old values meanwhile and a load that
//! fails leaves them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use larder::{Cache, CacheSpec, Early, ErrorRules, Larder, MemoryServer, Ttl};

use crate::drop_safety::DropAfter;
use crate::fleet::{Fleet, PATIENCE, start};
use crate::source::Source;

const SPEC: CacheSpec =
    CacheSpec::new("lent", Ttl::after(Duration::from_millis(50))).stale(Duration::from_mins(1));

type Found = Result<HashMap<u64, u64>, &'static str>;

on_each_backend!(
    what_is_stale_is_refreshed_within_the_call,
    who_reads_what_a_batch_refreshes_gets_the_old_values,
    a_batch_whose_refresh_is_taken_gets_the_old_values,
    a_batch_that_fails_leaves_what_is_stale,
    a_batch_that_fails_answers_what_is_stale_on_error,
    what_is_missing_is_loaded_beside_what_is_stale,
    a_refresh_that_fails_while_values_are_fresh_is_no_failure,
    an_id_that_a_batch_leaves_out_has_no_value_any_more,
    an_invalidation_voids_what_a_batch_refreshes,
    what_a_batch_refreshes_is_listed_anew,
    the_leases_of_a_batch_that_refreshes_live_as_long_as_its_body,
);

/// A source that remembers what it was asked for, and has its number for each id but multiples of a
/// hundred; 13 is a failure.
#[derive(Debug, Clone)]
struct Rates {
    source: Arc<Source>,
    asked: Arc<Mutex<Vec<Vec<u64>>>>,
}

impl Rates {
    fn of(source: Arc<Source>) -> Self {
        Self {
            source,
            asked: Arc::default(),
        }
    }

    /// What it was asked for, in the order of the ids.
    fn asked(&self) -> Vec<Vec<u64>> {
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.sort();
        asked
    }

    async fn load(&self, ids: Vec<u64>) -> Found {
        self.asked.lock().unwrap().push(ids.clone());
        let number = self.source.load().await;
        if number == 13 {
            return Err("down");
        }
        let there = ids.into_iter().filter(|id| id % 100 != 0);
        Ok(there.map(|id| (id, number)).collect())
    }

    async fn ask(&self, cache: &Cache<u64>, ids: &[u64]) -> Found {
        cache.try_get_many_or_load(ids, |ids| self.load(ids)).await
    }
}

async fn ripen() {
    tokio::time::sleep(Duration::from_millis(80)).await;
}

fn all(ids: &[u64], number: u64) -> HashMap<u64, u64> {
    ids.iter().map(|id| (*id, number)).collect()
}

/// A node with these ids, whose number is 1 and stale by now.
async fn stale(fleet: &Fleet, spec: CacheSpec, ids: &[u64]) -> (Larder, Cache<u64>) {
    let node = fleet.node().await;
    let cache = node.cache::<u64>(spec);
    cache.set_many(all(ids, 1)).await.unwrap();
    ripen().await;
    (node, cache)
}

/// A call of these ids under way, whose body has begun.
async fn under_way(
    node: &Larder,
    cache: &Cache<u64>,
    ids: &'static [u64],
    rates: &Rates,
) -> tokio::task::JoinHandle<Found> {
    let (cache, of) = (cache.clone(), rates.clone());
    let call = start(node, async move { of.ask(&cache, ids).await });
    rates.source.load_begins().await;
    call
}

async fn what_is_stale_is_refreshed_within_the_call(fleet: Fleet) {
    let (node, cache) = stale(&fleet, SPEC, &[1, 2]).await;
    let rates = Rates::of(Source::open(2));
    assert_eq!(rates.ask(&cache, &[1, 2]).await, Ok(all(&[1, 2], 2)));
    assert_eq!(cache.get_many(&[1, 2]).await.unwrap(), all(&[1, 2], 2));
    assert_eq!(rates.asked(), [[1, 2]], "one body for both");
    let stats = node.stats("lent");
    assert_eq!((stats.refreshed, stats.stale_hits), (2, 0));
    assert_eq!((stats.loads, stats.expired), (2, 0));
}

async fn who_reads_what_a_batch_refreshes_gets_the_old_values(fleet: Fleet) {
    let (here, cache) = stale(&fleet, SPEC, &[1, 2]).await;
    let there = fleet.node().await;
    let rates = Rates::of(Source::held(2));
    let call = under_way(&here, &cache, &[1, 2], &rates).await;
    for node in [&here, &there] {
        let cache = node.cache::<u64>(SPEC);
        let entry = cache.entry(|key| key.arg(&1_u64));
        assert_eq!(entry.peek().await.unwrap(), Some(1));
        assert_eq!(entry.get_or_load(async { 9 }).await, 1);
        assert_eq!(node.scope(entry.get_or_spawn(|_| async { 9 })).await, 1);
        let found = rates.ask(&cache, &[1, 2]).await;
        assert_eq!(found, Ok(all(&[1, 2], 1)));
    }
    rates.source.release();
    assert_eq!(call.await.unwrap(), Ok(all(&[1, 2], 2)));
    assert_eq!(rates.asked(), [[1, 2]]);
}

async fn a_batch_whose_refresh_is_taken_gets_the_old_values(fleet: Fleet) {
    let (here, cache) = stale(&fleet, SPEC, &[1, 2]).await;
    let there = fleet.node().await;
    let source = Source::held(2);
    let entry = there.cache::<u64>(SPEC).entry(|key| key.arg(&1_u64));
    let of = Arc::clone(&source);
    let call = start(&there, async move { entry.get_or_load(of.load()).await });
    source.load_begins().await;
    let rates = Rates::of(Source::open(3));
    let found = rates.ask(&cache, &[1, 2]).await;
    assert_eq!(found, Ok([(1, 1), (2, 3)].into()));
    assert_eq!(rates.asked(), [[2]]);
    let stats = here.stats("lent");
    assert_eq!((stats.refreshed, stats.stale_hits), (1, 1));
    source.release();
    assert_eq!(call.await.unwrap(), 2);
}

async fn a_batch_that_fails_leaves_what_is_stale(fleet: Fleet) {
    let (node, cache) = stale(&fleet, SPEC, &[1, 2]).await;
    let rates = Rates::of(Source::open(13));
    assert_eq!(rates.ask(&cache, &[1, 2]).await, Err("down"));
    assert_eq!(cache.get_many(&[1, 2]).await.unwrap(), all(&[1, 2], 1));
    assert_eq!(node.stats("lent").refresh_failed, 2);
    // And whoever comes next tries again.
    let rates = Rates::of(Source::open(3));
    assert_eq!(rates.ask(&cache, &[1, 2]).await, Ok(all(&[1, 2], 3)));
}

async fn a_batch_that_fails_answers_what_is_stale_on_error(fleet: Fleet) {
    let spec = SPEC.stale_on_error(Duration::from_mins(1));
    let (node, cache) = stale(&fleet, spec, &[1, 2]).await;
    let rates = Rates::of(Source::open(13));
    for _ in 0..3 {
        assert_eq!(rates.ask(&cache, &[1, 2]).await, Ok(all(&[1, 2], 1)));
    }
    assert_eq!(rates.asked(), [[1, 2]], "once in the time of the throttle");
    assert_eq!(node.stats("lent").stale_hits, 6);
    // What is missing has nothing to fall back on.
    assert_eq!(rates.ask(&cache, &[1, 2, 3]).await, Err("down"));
    assert_eq!(rates.asked(), [[3]]);
    assert_eq!(cache.get_many(&[1, 2, 3]).await.unwrap(), all(&[1, 2], 1));
}

async fn what_is_missing_is_loaded_beside_what_is_stale(fleet: Fleet) {
    let (node, cache) = stale(&fleet, SPEC, &[1, 2]).await;
    let rates = Rates::of(Source::held(2));
    let call = under_way(&node, &cache, &[1, 2, 3], &rates).await;
    rates.source.load_begins().await;
    rates.source.release();
    assert_eq!(call.await.unwrap(), Ok(all(&[1, 2, 3], 2)));
    assert_eq!(rates.asked(), [vec![1, 2], vec![3]]);
}

async fn a_refresh_that_fails_while_values_are_fresh_is_no_failure(fleet: Fleet) {
    const EARLY: CacheSpec =
        CacheSpec::new("lent", Ttl::after(Duration::from_mins(1))).early(Early::Last(0.999));
    let (node, cache) = stale(&fleet, EARLY, &[1]).await;
    let fails_for_what_is_there = |ids: Vec<u64>| async move {
        if ids.contains(&1) {
            return Err("down");
        }
        Ok(all(&ids, 2))
    };
    let found = cache.try_get_many_or_load(&[1, 2], fails_for_what_is_there);
    assert_eq!(found.await, Ok([(1, 1), (2, 2)].into()));
    assert_eq!(node.stats("lent").refresh_failed, 1);
    let found = Rates::of(Source::open(3)).ask(&cache, &[1]).await;
    assert_eq!(found, Ok(all(&[1], 3)), "and it is tried again");
}

async fn an_id_that_a_batch_leaves_out_has_no_value_any_more(fleet: Fleet) {
    let (_node, cache) = stale(&fleet, SPEC, &[1, 100]).await;
    let rates = Rates::of(Source::open(2));
    assert_eq!(rates.ask(&cache, &[1, 100]).await, Ok(all(&[1], 2)));
    assert_eq!(cache.get_many(&[1, 100]).await.unwrap(), all(&[1], 2));
}

async fn an_invalidation_voids_what_a_batch_refreshes(fleet: Fleet) {
    let (here, cache) = stale(&fleet, SPEC, &[1, 2]).await;
    let there = fleet.node().await;
    let rates = Rates::of(Source::held(2));
    let call = under_way(&here, &cache, &[1, 2], &rates).await;
    let other = there.cache::<u64>(SPEC);
    other.invalidate_many(&[2_u64]).await.unwrap();
    rates.source.release();
    assert_eq!(call.await.unwrap(), Ok(all(&[1, 2], 2)));
    assert_eq!(other.get_many(&[1, 2]).await.unwrap(), all(&[1], 2));
    assert_eq!(here.stats("lent").voided, 1);
}

async fn what_a_batch_refreshes_is_listed_anew(fleet: Fleet) {
    let node = fleet.node().await;
    let cache = node
        .cache::<u64>(SPEC)
        .index("number", |value: &u64, it| it.value(value));
    cache.set_many(all(&[1, 2], 1)).await.unwrap();
    ripen().await;
    let found = Rates::of(Source::open(2)).ask(&cache, &[1, 2]).await;
    assert_eq!(found, Ok(all(&[1, 2], 2)));
    let by_number = async |number: u64| cache.by_index("number", &number).await.unwrap();
    assert!(by_number(1).await.is_empty());
    assert_eq!(by_number(2).await, [2, 2]);
}

async fn the_leases_of_a_batch_that_refreshes_live_as_long_as_its_body(fleet: Fleet) {
    let spec = SPEC.lease(Duration::from_millis(300));
    let (here, cache) = stale(&fleet, spec, &[1, 2]).await;
    let there = fleet.node().await.cache::<u64>(spec);
    let rates = Rates::of(Source::held(2));
    let call = under_way(&here, &cache, &[1, 2], &rates).await;
    let began = tokio::time::Instant::now();
    let late = Rates::of(Source::open(9));
    while began.elapsed() < Duration::from_secs(1) {
        assert_eq!(late.ask(&there, &[1, 2]).await, Ok(all(&[1, 2], 1)));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    rates.source.release();
    assert_eq!(call.await.unwrap(), Ok(all(&[1, 2], 2)));
    assert_eq!(late.asked(), [[0_u64; 0]; 0]);
}

/// Of a server that was slow to answer a process knows the clock late.
#[tokio::test(start_paused = true)]
async fn what_could_not_be_refreshed_is_tried_again_whatever_the_clock_is_thought_to_show() {
    let link = MemoryServer::new().connect();
    let control = link.control();
    let node = Larder::builder().call_budget(PATIENCE).on_memory_link(link);
    let cache = node.cache::<u64>(SPEC);
    cache.set_many(all(&[1, 2], 1)).await.unwrap();
    ripen().await;
    control.delay_replies(Duration::from_millis(20));
    let fails = |_| async {
        control.delay_replies(Duration::ZERO);
        Err("down")
    };
    let found = cache.try_get_many_or_load(&[1, 2], fails).await;
    assert_eq!(found, Err::<HashMap<_, _>, _>("down"));
    let found = Rates::of(Source::open(3)).ask(&cache, &[1, 2]).await;
    assert_eq!(found, Ok(all(&[1, 2], 3)));
}

/// What was put while a batch waited for a load, and is stale by the time when the batch hears of
/// it.
#[tokio::test(start_paused = true)]
async fn what_is_stale_after_a_wait_is_refreshed_and_not_overwritten() {
    for lent in [Lent::Yes, Lent::No] {
        let server = MemoryServer::new();
        let link = server.connect();
        let control = link.control();
        let here = Larder::builder().call_budget(PATIENCE).on_memory_link(link);
        let there = Larder::builder().on_memory(&server);
        let entry = there.cache::<u64>(SPEC).entry(|key| key.arg(&7_u64));
        let loading = Source::held(5);
        let loads = {
            let (entry, source) = (entry.clone(), Arc::clone(&loading));
            start(
                &there,
                async move { entry.get_or_load(source.load()).await },
            )
        };
        loading.load_begins().await;
        let rates = Rates::of(Source::held(2));
        let call = {
            let (cache, rates) = (here.cache::<u64>(SPEC), rates.clone());
            start(&here, async move { lent.ask(&cache, &[7], rates).await })
        };
        // By now it waits. What it asks from then on takes longer than a value is fresh.
        tokio::time::sleep(Duration::from_millis(10)).await;
        control.delay_requests(Duration::from_millis(80));
        entry.put(&1).await.unwrap();
        rates.source.load_begins().await;
        assert_eq!(entry.peek().await.unwrap(), Some(1), "{lent:?}");
        rates.source.release();
        let answered = match lent {
            Lent::Yes => 2,
            Lent::No => 1,
        };
        assert_eq!(call.await.unwrap(), Ok(all(&[7], answered)));
        // What goes on behind the call ends.
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(entry.peek().await.unwrap(), Some(2), "{lent:?}");
        assert_eq!(rates.asked(), [[7]]);
        loading.release();
        assert_eq!(loads.await.unwrap(), 5);
    }
}

/// Whether a load ends with its call.
#[derive(Debug, Clone, Copy)]
enum Lent {
    Yes,
    No,
}

impl Lent {
    async fn ask(self, cache: &Cache<u64>, ids: &[u64], rates: Rates) -> Found {
        match self {
            Self::Yes => rates.ask(cache, ids).await,
            Self::No => {
                let rules = ErrorRules::new();
                let load = move |ids: Vec<u64>, _| {
                    let rates = rates.clone();
                    async move { rates.load(ids).await }
                };
                cache.try_get_many_or_spawn_with(&rules, ids, load).await
            }
        }
    }
}

/// Drops a batch of stale, missing and fresh keys after its first, second, … poll, until it gets
/// through. After each the old values are there, everybody else is served, and no lease is left.
#[tokio::test(start_paused = true)]
async fn a_batch_that_is_lent_its_load_can_be_dropped_at_every_await() {
    const IDS: [u64; 3] = [1, 2, 3];
    for polls in 1.. {
        let server = MemoryServer::new();
        let link = server.connect();
        let control = link.control();
        let here = Larder::builder().on_memory_link(link).cache::<u64>(SPEC);
        let there = Larder::builder().on_memory(&server).cache::<u64>(SPEC);
        there.set_many(all(&[1, 2], 1)).await.unwrap();
        ripen().await;
        control.delay_requests(Duration::from_millis(1));
        control.delay_replies(Duration::from_millis(1));
        let rates = Rates::of(Source::open(2));
        let got_through = DropAfter {
            polls,
            call: Some(Box::pin(rates.ask(&here, &IDS))),
        }
        .await;
        // Leases that nobody has are given back.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let left = there.get_many(&[1, 2]).await.unwrap();
        assert_eq!(left.len(), 2, "dropped after {polls} polls: {left:?}");
        let found = Rates::of(Source::open(3)).ask(&there, &IDS).await;
        assert_eq!(found, Ok(all(&IDS, 3)), "dropped after {polls} polls");
        if got_through.is_some() {
            assert!(polls > 5, "only {polls} polls");
            return;
        }
    }
}
