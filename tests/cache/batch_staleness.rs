//! Batches whose body may outlive them: what is stale is answered at once and refreshed behind the
//! call, by one body for all of it; and no caller waits longer than is declared.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use larder::{
    CacheSpec, Error, ErrorKind, ErrorRules, Larder, MemoryServer, Previous, Ttl, cached,
};

use crate::drop_safety::DropAfter;
use crate::fleet::{Fleet, start};
use crate::source::Source;

/// What ends a call here.
#[derive(Debug, Clone, PartialEq)]
enum Failed {
    Larder(ErrorKind),
    Down,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Larder(error.kind())
    }
}

type Found = Result<HashMap<u64, u64>, Failed>;

const LATE: Found = Err(Failed::Larder(ErrorKind::LoadTimeout));

/// A source that remembers what it was asked for. Its number is what it has for each id; 13 is a
/// failure, 14 a panic, and it has nothing under multiples of a hundred.
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

    fn open(number: u64) -> Self {
        Self::of(Source::open(number))
    }

    fn held(number: u64) -> Self {
        Self::of(Source::held(number))
    }

    fn asked(&self) -> Vec<Vec<u64>> {
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
        for ids in &mut asked {
            ids.sort_unstable();
        }
        asked
    }

    async fn load(&self, ids: &[u64]) -> Result<HashMap<u64, u64>, Failed> {
        self.asked.lock().unwrap().push(ids.to_vec());
        let number = self.source.load().await;
        assert_ne!(number, 14, "this body panics");
        if number == 13 {
            return Err(Failed::Down);
        }
        let there = ids.iter().filter(|id| *id % 100 != 0);
        Ok(there.map(|id| (*id, number)).collect())
    }
}

/// The same entries, by callers of different patience.
macro_rules! rates {
    ($($name:ident [$($options:tt)*];)+) => {
        $(
            #[cached(namespace = "rates", ttl = "50ms", stale = "1m", batch, skip(rates), $($options)*)]
            async fn $name(rates: &Rates, bank: &str, ids: &[u64]) -> Result<HashMap<u64, u64>, Failed> {
                assert!(!bank.is_empty());
                rates.load(ids).await
            }
        )+
    };
}

rates! {
    behind [none_ttl = "1m"];
    throttled [on_error = "stale", throttle = "1h"];
    hurried [soft = "20ms"];
    patient [soft = "1h", hard = "2h"];
    listed [index(number = value, bank = bank)];
}

#[cached(namespace = "rates.early", ttl = "1h", early = "99.99%", local = true, batch = ids, skip(rates))]
async fn early(rates: Rates, mut ids: Vec<u64>) -> BTreeMap<u64, u64> {
    ids.dedup();
    rates.load(&ids).await.unwrap().into_iter().collect()
}

#[cached(
    namespace = "rates.hard",
    ttl = "1m",
    batch,
    hard = "50ms",
    skip(rates)
)]
async fn limited(rates: Rates, ids: &[u64]) -> Result<HashMap<u64, u64>, Failed> {
    rates.load(ids).await
}

/// The same entries, by callers who wait.
#[cached(namespace = "rates.hard", ttl = "1m", batch, skip(rates))]
async fn unlimited(rates: Rates, ids: &[u64]) -> Result<HashMap<u64, u64>, Failed> {
    rates.load(ids).await
}

#[cached(
    namespace = "rates.reload",
    ttl = "50ms",
    stale = "1m",
    soft = "1h",
    batch,
    reload = anew,
    skip(rates)
)]
async fn reloaded(rates: &Rates, ids: &[u64]) -> Result<HashMap<u64, u64>, Failed> {
    rates.load(ids).await
}

/// What is odd has not changed; what is even is the new number after the old one.
async fn anew(
    rates: &Rates,
    ids: &[u64],
    previous: HashMap<u64, Previous<u64>>,
) -> Result<HashMap<u64, u64>, Failed> {
    let mut found = rates.load(ids).await?;
    assert_eq!(previous.len(), ids.len());
    for (id, previous) in previous {
        let value = match id % 2 {
            0 => *previous * 10 + found[&id],
            _ => previous.not_modified(),
        };
        found.insert(id, value);
    }
    Ok(found)
}

#[derive(Debug, Clone)]
struct Bank {
    name: &'static str,
    rates: Rates,
}

impl Bank {
    #[cached(
        namespace = "rates.methods",
        ttl = "50ms",
        stale = "1m",
        soft = "1h",
        reload = Self::rates_anew,
        batch,
        key = "{self.name}:{ids}"
    )]
    pub(crate) async fn rates(&self, ids: &[u64]) -> Result<HashMap<u64, u64>, Failed> {
        self.rates.load(ids).await
    }

    async fn rates_anew(
        &self,
        ids: &[u64],
        previous: HashMap<u64, Previous<u64>>,
    ) -> Result<HashMap<u64, u64>, Failed> {
        let found = self.rates.load(ids).await?;
        let sum = |(id, value)| (id, value + 100 * previous.get(&id).map_or(0, |it| **it));
        Ok(found.into_iter().map(sum).collect())
    }
}

on_each_backend!(
    what_is_stale_is_refreshed_by_one_body_behind_the_call,
    what_is_missing_is_waited_for_and_what_is_stale_is_not,
    one_caller_of_the_fleet_refreshes_each_key,
    what_is_fresh_is_refreshed_early,
    an_id_that_a_refresh_leaves_out_has_no_value_any_more,
    a_refresh_that_fails_leaves_the_old_values,
    an_invalidation_voids_the_refresh_of_its_key_alone,
    a_refresh_is_listed_anew,
    whoever_waits_gets_the_new_values_in_time,
    whoever_waits_too_long_gets_the_old_values,
    a_batch_that_takes_long_ends_in_an_error_and_fills,
    a_batch_that_waits_for_another_gives_up_too,
    a_caller_who_is_dropped_leaves_the_load_running,
    a_body_that_panics_behind_its_caller_makes_room,
    a_batch_reloads_by_what_is_stored,
    a_method_refreshes_and_reloads,
    plain_calls_refresh_and_give_up,
    what_a_refresh_by_plain_calls_leaves_out_is_gone,
);

/// Longer than anything here takes, on whatever machine.
async fn until(holds: impl AsyncFn() -> bool) {
    for _ in 0..10_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("it never comes to pass");
}

async fn ripen() {
    tokio::time::sleep(Duration::from_millis(80)).await;
}

fn all(ids: &[u64], number: u64) -> HashMap<u64, u64> {
    ids.iter().map(|id| (*id, number)).collect()
}

/// A node with these ids, whose number is 1 and stale by now.
async fn stale(fleet: &Fleet, ids: &[u64]) -> Larder {
    let node = fleet.node().await;
    let loaded = node.scope(behind(&Rates::open(1), "b", ids)).await;
    assert_eq!(loaded, Ok(all(ids, 1)));
    ripen().await;
    node
}

async fn stored(node: &Larder, ids: &[u64]) -> HashMap<u64, u64> {
    node.scope(behind::peek("b", ids)).await.unwrap()
}

async fn what_is_stale_is_refreshed_by_one_body_behind_the_call(fleet: Fleet) {
    let node = stale(&fleet, &[1, 2, 3]).await;
    let rates = Rates::held(2);
    let found = node.scope(behind(&rates, "b", &[1, 2, 3])).await;
    assert_eq!(found, Ok(all(&[1, 2, 3], 1)));
    rates.source.load_begins().await;
    // Whoever comes meanwhile refreshes nothing.
    let found = node.scope(behind(&rates, "b", &[3, 2])).await;
    assert_eq!(found, Ok(all(&[2, 3], 1)));
    rates.source.release();
    until(async || stored(&node, &[1, 2, 3]).await == all(&[1, 2, 3], 2)).await;
    assert_eq!(rates.asked(), [[1, 2, 3]]);
    assert_eq!(node.stats("rates").stale_hits, 5);
    // Each is counted when its refresh hears that it is stored, which others may see before.
    until(async || node.stats("rates").refreshed == 3).await;
}

async fn what_is_missing_is_waited_for_and_what_is_stale_is_not(fleet: Fleet) {
    let node = stale(&fleet, &[1, 2]).await;
    let rates = Rates::held(2);
    let call = {
        let rates = rates.clone();
        start(&node, async move { behind(&rates, "b", &[1, 2, 3]).await })
    };
    rates.source.load_begins().await;
    rates.source.load_begins().await;
    rates.source.release();
    let found = call.await.unwrap().unwrap();
    assert_eq!(found, [(1, 1), (2, 1), (3, 2)].into());
    let mut asked = rates.asked();
    asked.sort();
    assert_eq!(asked, [vec![1, 2], vec![3]]);
    until(async || stored(&node, &[1, 2]).await == all(&[1, 2], 2)).await;
}

async fn one_caller_of_the_fleet_refreshes_each_key(fleet: Fleet) {
    let (here, there) = (stale(&fleet, &[1, 2, 3]).await, fleet.node().await);
    let rates = Rates::held(2);
    for (node, ids) in [(&here, [1, 2]), (&there, [2, 3])] {
        let found = node.scope(behind(&rates, "b", &ids)).await;
        assert_eq!(found, Ok(all(&ids, 1)));
        rates.source.load_begins().await;
    }
    rates.source.release();
    until(async || stored(&here, &[1, 2, 3]).await == all(&[1, 2, 3], 2)).await;
    assert_eq!(rates.asked(), [vec![1, 2], vec![3]]);
}

async fn what_is_fresh_is_refreshed_early(fleet: Fleet) {
    let node = fleet.node().await;
    let ids = || vec![1, 1, 2];
    let loaded = node.scope(early(Rates::open(1), ids())).await;
    assert_eq!(loaded, [(1, 1), (2, 1)].into());
    tokio::time::sleep(Duration::from_millis(500)).await;
    let rates = Rates::open(2);
    let found = node.scope(early(rates.clone(), ids())).await;
    assert_eq!(found, [(1, 1), (2, 1)].into());
    until(async || node.scope(early::peek(&ids())).await.unwrap() == [(1, 2), (2, 2)].into()).await;
    assert_eq!(rates.asked(), [[1, 2]]);
}

async fn an_id_that_a_refresh_leaves_out_has_no_value_any_more(fleet: Fleet) {
    let node = fleet.node().await;
    node.scope(behind::put("b", [(100, 1), (1, 1)].into()))
        .await
        .unwrap();
    ripen().await;
    let rates = Rates::open(2);
    let found = node.scope(behind(&rates, "b", &[1, 100])).await;
    assert_eq!(found, Ok(all(&[1, 100], 1)));
    until(async || stored(&node, &[1, 100]).await == all(&[1], 2)).await;
    // And that is remembered.
    let rates = Rates::open(3);
    let found = node.scope(behind(&rates, "b", &[1, 100])).await;
    assert_eq!(found, Ok(all(&[1], 2)));
    assert!(!rates.asked().concat().contains(&100));
}

async fn a_refresh_that_fails_leaves_the_old_values(fleet: Fleet) {
    let node = stale(&fleet, &[1, 2]).await;
    let rates = Rates::open(13);
    for _ in 0..3 {
        let found = node.scope(throttled(&rates, "b", &[1, 2])).await;
        assert_eq!(found, Ok(all(&[1, 2], 1)));
        until(async || node.stats("rates").refresh_failed == 2).await;
    }
    assert_eq!(rates.asked(), [[1, 2]], "once in the time of the throttle");
    assert_eq!(stored(&node, &[1, 2]).await, all(&[1, 2], 1));
}

async fn an_invalidation_voids_the_refresh_of_its_key_alone(fleet: Fleet) {
    let (here, there) = (stale(&fleet, &[1, 2]).await, fleet.node().await);
    let rates = Rates::held(2);
    let found = here.scope(behind(&rates, "b", &[1, 2])).await;
    assert_eq!(found, Ok(all(&[1, 2], 1)));
    rates.source.load_begins().await;
    there.scope(behind::invalidate("b", &[2])).await.unwrap();
    rates.source.release();
    until(async || stored(&there, &[1, 2]).await == all(&[1], 2)).await;
    // It is counted once the server has answered.
    until(async || here.stats("rates").voided == 1).await;
}

async fn a_refresh_is_listed_anew(fleet: Fleet) {
    let node = fleet.node().await;
    node.scope(listed(&Rates::open(1), "b", &[1, 2]))
        .await
        .unwrap();
    ripen().await;
    let by_number = async |number: u64| node.scope(listed::by_number(number)).await.unwrap();
    assert_eq!(by_number(1).await, [1, 1]);
    node.scope(listed(&Rates::open(2), "b", &[1, 2]))
        .await
        .unwrap();
    until(async || by_number(2).await == [2, 2]).await;
    assert!(by_number(1).await.is_empty());
    ripen().await;

    // What the new value is listed under voids the refresh that would be listed.
    let rates = Rates::held(3);
    node.scope(listed(&rates, "b", &[1, 2])).await.unwrap();
    rates.source.load_begins().await;
    node.scope(listed::invalidate_number(3)).await.unwrap();
    rates.source.release();
    until(async || node.stats("rates").voided == 2).await;
    assert!(by_number(3).await.is_empty());
}

async fn whoever_waits_gets_the_new_values_in_time(fleet: Fleet) {
    let node = stale(&fleet, &[1, 2]).await;
    let rates = Rates::open(2);
    let found = node.scope(patient(&rates, "b", &[1, 2, 3])).await;
    assert_eq!(found, Ok(all(&[1, 2, 3], 2)));
    let stats = node.stats("rates");
    assert_eq!((stats.refreshed, stats.stale_hits), (2, 0));
    assert_eq!(stats.load_timeouts, 0);
    ripen().await;
    let found = node.scope(patient(&Rates::open(13), "b", &[1, 2])).await;
    assert_eq!(found, Ok(all(&[1, 2], 2)), "rather than the failure");
    assert_eq!(node.stats("rates").stale_hits, 2);
}

async fn whoever_waits_too_long_gets_the_old_values(fleet: Fleet) {
    let node = stale(&fleet, &[1, 2]).await;
    let rates = Rates::held(2);
    let found = node.scope(hurried(&rates, "b", &[1, 2])).await;
    assert_eq!(found, Ok(all(&[1, 2], 1)));
    let stats = node.stats("rates");
    assert_eq!((stats.load_timeouts, stats.stale_hits), (2, 2));
    rates.source.release();
    until(async || stored(&node, &[1, 2]).await == all(&[1, 2], 2)).await;
    assert_eq!(rates.asked(), [[1, 2]]);
}

async fn a_batch_that_takes_long_ends_in_an_error_and_fills(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    here.scope(limited::put([(1, 1)].into())).await.unwrap();
    let rates = Rates::held(2);
    assert_eq!(here.scope(limited(rates.clone(), &[1, 2, 3])).await, LATE);
    assert_eq!(here.stats("rates.hard").load_timeouts, 1);
    there.scope(limited::invalidate(&[3])).await.unwrap();
    rates.source.release();
    let found = async || there.scope(limited::peek(&[1, 2, 3])).await.unwrap();
    until(async || found().await == [(1, 1), (2, 2)].into()).await;
    assert_eq!(rates.asked(), [[2, 3]]);
    // What is there is answered at once.
    let found = there.scope(limited(Rates::held(9), &[1, 2])).await;
    assert_eq!(found, Ok([(1, 1), (2, 2)].into()));
}

async fn a_batch_that_waits_for_another_gives_up_too(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let slow = Rates::held(2);
    let loading = {
        let slow = slow.clone();
        start(&here, async move { unlimited(slow, &[1, 2]).await })
    };
    slow.source.load_begins().await;
    for node in [&here, &there] {
        assert_eq!(node.scope(limited(Rates::held(9), &[1, 2])).await, LATE);
    }
    slow.source.release();
    assert_eq!(loading.await.unwrap(), Ok(all(&[1, 2], 2)));
    let found = there.scope(limited(Rates::held(9), &[2, 1])).await;
    assert_eq!(found, Ok(all(&[1, 2], 2)));
}

async fn a_caller_who_is_dropped_leaves_the_load_running(fleet: Fleet) {
    let node = stale(&fleet, &[1, 2]).await;
    let rates = Rates::held(2);
    let call = {
        let rates = rates.clone();
        start(&node, async move { patient(&rates, "b", &[1, 2, 3]).await })
    };
    rates.source.load_begins().await;
    rates.source.load_begins().await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    rates.source.release();
    until(async || stored(&node, &[1, 2, 3]).await == all(&[1, 2, 3], 2)).await;
}

async fn a_body_that_panics_behind_its_caller_makes_room(fleet: Fleet) {
    let node = stale(&fleet, &[1]).await;
    let rates = Rates::held(14);
    assert_eq!(node.scope(limited(rates.clone(), &[1, 2])).await, LATE);
    let found = node.scope(behind(&rates, "b", &[1])).await;
    assert_eq!(found, Ok(all(&[1], 1)));
    rates.source.load_begins().await;
    rates.source.load_begins().await;
    rates.source.release();
    let found = node.scope(unlimited(Rates::open(3), &[1, 2])).await;
    assert_eq!(found, Ok(all(&[1, 2], 3)));
    until(async || {
        node.scope(behind(&Rates::open(4), "b", &[1]))
            .await
            .unwrap();
        stored(&node, &[1]).await == all(&[1], 4)
    })
    .await;
}

async fn a_batch_reloads_by_what_is_stored(fleet: Fleet) {
    let node = fleet.node().await;
    let load =
        async |rates: &Rates, ids: &'static [u64]| node.scope(reloaded(rates, ids)).await.unwrap();
    assert_eq!(load(&Rates::open(1), &[1, 2]).await, all(&[1, 2], 1));
    ripen().await;
    let rates = Rates::open(2);
    let found = load(&rates, &[1, 2, 3]).await;
    assert_eq!(found, [(1, 1), (2, 12), (3, 2)].into());
    let mut asked = rates.asked();
    asked.sort();
    assert_eq!(asked, [vec![1, 2], vec![3]], "what is missing by the body");
    // It is fresh again, whether it has changed or not.
    let found = load(&Rates::open(9), &[1, 2]).await;
    assert_eq!(found, [(1, 1), (2, 12)].into());
    assert_eq!(node.stats("rates.reload").refreshed, 2);
}

async fn a_method_refreshes_and_reloads(fleet: Fleet) {
    let node = fleet.node().await;
    let bank = |number| Bank {
        name: "north",
        rates: Rates::open(number),
    };
    node.scope(bank(1).rates(&[1, 2])).await.unwrap();
    ripen().await;
    let found = node.scope(bank(2).rates(&[1, 2, 3])).await.unwrap();
    assert_eq!(found, [(1, 102), (2, 102), (3, 2)].into());
    let entries = node.scope(async { bank(0).rates_entry(&[1, 3]) }).await;
    assert_eq!(entries.peek().await.unwrap(), [(1, 102), (3, 2)].into());
}

async fn plain_calls_refresh_and_give_up(fleet: Fleet) {
    const SPEC: CacheSpec = CacheSpec::new("rates.plain", Ttl::after(Duration::from_millis(50)))
        .stale(Duration::from_mins(1))
        .soft(Duration::from_hours(1));
    let node = fleet.node().await;
    let cache = node.cache::<u64>(SPEC);
    let load = |number: u64| {
        move |ids: Vec<u64>, previous: HashMap<u64, Previous<u64>>| async move {
            let sum = |id| (id, number + 10 * previous.get(&id).map_or(0, |it| **it));
            ids.into_iter().map(sum).collect::<HashMap<_, _>>()
        }
    };
    let found = cache.get_many_or_spawn(&[1, 2], load(1)).await;
    assert_eq!(found, all(&[1, 2], 1));
    ripen().await;
    let found = node.scope(cache.get_many_or_spawn(&[1, 2, 3], load(2)));
    assert_eq!(found.await, [(1, 12), (2, 12), (3, 2)].into());

    let rules = ErrorRules::<Failed>::new().give_up_after(Duration::from_millis(50));
    let rates = Rates::held(7);
    let slow = {
        let rates = rates.clone();
        move |ids: Vec<u64>, _| {
            let rates = rates.clone();
            async move { rates.load(&ids).await }
        }
    };
    let late = cache.try_get_many_or_spawn_with(&rules, &[8, 9], slow);
    assert_eq!(node.scope(late).await, LATE);
    rates.source.release();
    until(async || cache.get_many(&[8, 9]).await.unwrap() == all(&[8, 9], 7)).await;
}

/// Nothing can be stored here that stands for no value.
async fn what_a_refresh_by_plain_calls_leaves_out_is_gone(fleet: Fleet) {
    const SPEC: CacheSpec = CacheSpec::new("rates.gone", Ttl::after(Duration::from_millis(50)))
        .stale(Duration::from_mins(1));
    let node = fleet.node().await;
    let cache = node.cache::<u64>(SPEC);
    cache.set_many([(1, 1), (100, 1)]).await.unwrap();
    ripen().await;
    let rates = Rates::open(2);
    let load = move |ids: Vec<u64>, _: HashMap<u64, Previous<u64>>| {
        let rates = rates.clone();
        async move { rates.load(&ids).await.unwrap() }
    };
    let found = node.scope(cache.get_many_or_spawn(&[1, 100], load)).await;
    assert_eq!(found, all(&[1, 100], 1));
    until(async || cache.get_many(&[1, 100]).await.unwrap() == all(&[1], 2)).await;
}

/// Where nothing can be stored, a body that is given up is dropped: nobody could read what it
/// answers.
#[tokio::test(start_paused = true)]
async fn without_a_cache_a_batch_takes_no_longer() {
    let rates = Rates::held(2);
    assert_eq!(limited(rates.clone(), &[1, 2]).await, LATE);
    assert_eq!(Arc::strong_count(&rates.source), 1);
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    control.cut();
    assert_eq!(node.scope(limited(rates.clone(), &[1, 2])).await, LATE);
    assert_eq!(Arc::strong_count(&rates.source), 1);
    assert_eq!(node.stats("rates.hard").load_timeouts, 1);
}

/// Drops a batch of stale, missing and fresh keys after its first, second, … poll, until it gets
/// through. After each, everybody else is served, no lease is left, and what is stale is refreshed
/// sooner or later.
#[tokio::test(start_paused = true)]
async fn a_batch_that_refreshes_can_be_dropped_at_every_await() {
    for polls in 1.. {
        let server = MemoryServer::new();
        let link = server.connect();
        let control = link.control();
        let here = Larder::builder().on_memory_link(link);
        let there = Larder::builder().on_memory(&server);
        there
            .scope(patient(&Rates::open(1), "b", &[1, 2]))
            .await
            .unwrap();
        ripen().await;
        control.delay_requests(Duration::from_millis(1));
        control.delay_replies(Duration::from_millis(1));
        let rates = Rates::open(2);
        let call = here.scope(async { patient(&rates, "b", &[1, 2, 3]).await });
        let got_through = DropAfter {
            polls,
            call: Some(Box::pin(call)),
        }
        .await;
        // What goes on behind it ends, and so do leases that nobody has.
        tokio::time::sleep(Duration::from_secs(3)).await;
        let found = there.scope(patient(&Rates::open(3), "b", &[1, 2, 3])).await;
        let found = found.unwrap();
        assert_eq!(found, all(&[1, 2, 3], 3), "dropped after {polls} polls");
        if got_through.is_some() {
            assert!(polls > 5, "only {polls} polls");
            return;
        }
    }
}
