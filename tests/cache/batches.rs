//! Batches: many keys in one call, each as if it were alone.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use larder::{CacheSpec, Error, ErrorKind, Larder, MemoryServer, Ttl, cached};
use tokio::time::Instant;

use crate::drop_safety::DropAfter;
use crate::fleet::{Fleet, start};
use crate::source::Source;

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct User {
    id: u64,
    version: u64,
}

#[derive(Debug, Clone, PartialEq)]
struct Failed(u64);

/// A database that says what it was asked for, and has nothing under multiples of twenty.
#[derive(Debug)]
struct Database {
    source: Arc<Source>,
    asked: Mutex<Vec<Vec<u64>>>,
}

#[cached(namespace = "batch", ttl = "1m", batch, none_ttl = "30s", skip(db))]
async fn users(db: &Database, ids: &[u64]) -> Result<HashMap<u64, User>, Failed> {
    db.load(ids).await
}

#[cached(namespace = "batch", ttl = "1m", none_ttl = "30s", skip(db))]
async fn user(db: &Database, id: u64) -> Result<Option<User>, Failed> {
    Ok(db.load(&[id]).await?.remove(&id))
}

impl Database {
    fn new(source: Arc<Source>) -> Arc<Self> {
        Arc::new(Self {
            source,
            asked: Mutex::default(),
        })
    }

    async fn load(&self, ids: &[u64]) -> Result<HashMap<u64, User>, Failed> {
        self.asked.lock().unwrap().push(ids.to_vec());
        let version = self.source.load().await;
        let there = ids.iter().filter(|id| *id % 20 != 0);
        Ok(there.map(|id| (*id, User { id: *id, version })).collect())
    }

    fn asked(&self) -> Vec<Vec<u64>> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

on_each_backend!(
    the_body_is_asked_for_what_is_missing,
    a_key_that_one_call_loads_is_waited_for_by_a_batch,
    a_key_that_a_batch_loads_is_waited_for_by_one_call,
    batches_that_overlap_load_each_key_once,
    batches_of_two_nodes_that_overlap_load_each_key_once,
    a_key_whose_load_comes_to_nothing_is_loaded_by_the_batch_that_waited,
    an_invalidation_of_one_key_voids_that_key_alone,
    a_failed_load_gives_every_lease_back,
    a_dropped_batch_gives_every_lease_back,
    a_dropped_batch_hands_its_keys_over,
    what_this_build_cannot_read_is_loaded_again_together,
    repeated_ids_are_asked_for_once,
    what_has_no_value_is_forgotten_unless_asked,
    a_value_without_a_byte_of_its_own_is_stored,
    a_batch_keeps_copies_and_is_answered_from_them,
    tags_void_batches,
    many_entries_by_plain_calls,
    companions_of_a_batch,
);

/// A batch of a hundred present keys, then three of them missing.
async fn the_body_is_asked_for_what_is_missing(fleet: Fleet) {
    let node = fleet.node().await;
    let db = Database::new(Source::open(1));
    let ids: Vec<u64> = (1..=100).collect();
    let found = node.scope(users(&db, &ids)).await.unwrap();
    assert_eq!(found.len(), 95);
    assert_eq!(db.asked(), std::slice::from_ref(&ids));
    assert_eq!(node.scope(users(&db, &ids)).await.unwrap(), found);
    assert_eq!(db.asked().len(), 0, "what is absent is remembered too");

    node.scope(users::invalidate(&[3, 50, 97])).await.unwrap();
    assert_eq!(node.scope(users(&db, &ids)).await.unwrap(), found);
    assert_eq!(db.asked(), [[3, 50, 97]]);

    // The function for one id has the same entries.
    assert_eq!(node.scope(user(&db, 20)).await, Ok(None));
    assert_eq!(node.scope(user(&db, 21)).await.unwrap().unwrap().id, 21);
    assert_eq!(db.asked().len(), 0);
    let stats = node.stats("batch");
    assert_eq!((stats.loads, stats.stored), (103, 103));
    assert_eq!(stats.hits, 100 + 97 + 2);
}

async fn a_key_that_one_call_loads_is_waited_for_by_a_batch(fleet: Fleet) {
    for other_node in [false, true] {
        let here = fleet.node().await;
        let there = if other_node {
            fleet.node().await
        } else {
            here.clone()
        };
        here.clear("batch").await.unwrap();
        let (slow, quick) = (
            Database::new(Source::held(1)),
            Database::new(Source::open(2)),
        );
        let db = Arc::clone(&slow);
        let single = start(&here, async move { user(&db, 2).await });
        slow.source.load_begins().await;
        let db = Arc::clone(&quick);
        let batch = start(&there, async move { users(&db, &[1, 2, 3]).await });
        quick.source.load_begins().await;
        slow.source.release();
        assert_eq!(single.await.unwrap().unwrap().unwrap().version, 1);
        let found = batch.await.unwrap().unwrap();
        assert_eq!(found[&2].version, 1, "of the load that it has waited for");
        assert_eq!((found[&1].version, found[&3].version), (2, 2));
        assert_eq!(quick.asked(), [[1, 3]]);
    }
}

async fn a_key_that_a_batch_loads_is_waited_for_by_one_call(fleet: Fleet) {
    for other_node in [false, true] {
        let here = fleet.node().await;
        let there = if other_node {
            fleet.node().await
        } else {
            here.clone()
        };
        here.clear("batch").await.unwrap();
        let (slow, quick) = (
            Database::new(Source::held(1)),
            Database::new(Source::open(2)),
        );
        let db = Arc::clone(&slow);
        let batch = start(&here, async move { users(&db, &[1, 2, 20]).await });
        slow.source.load_begins().await;
        let singles: Vec<_> = [2, 20]
            .into_iter()
            .map(|id| {
                let db = Arc::clone(&quick);
                start(&there, async move { user(&db, id).await })
            })
            .collect();
        slow.source.release();
        assert_eq!(batch.await.unwrap().unwrap().len(), 2);
        let mut found = Vec::new();
        for single in singles {
            found.push(single.await.unwrap().unwrap().map(|user| user.version));
        }
        assert_eq!(found, [Some(1), None]);
        assert_eq!(quick.asked().len(), 0);
    }
}

async fn batches_that_overlap_load_each_key_once(fleet: Fleet) {
    let node = fleet.node().await;
    overlap(&node, &node).await;
}

async fn batches_of_two_nodes_that_overlap_load_each_key_once(fleet: Fleet) {
    overlap(&fleet.node().await, &fleet.node().await).await;
}

/// Each holds what the other waits for.
async fn overlap(here: &Larder, there: &Larder) {
    let (left, right) = (
        Database::new(Source::held(1)),
        Database::new(Source::held(1)),
    );
    let db = Arc::clone(&left);
    let first = start(here, async move { users(&db, &[1, 2, 3]).await });
    left.source.load_begins().await;
    let db = Arc::clone(&right);
    let second = start(there, async move { users(&db, &[5, 4, 3, 2]).await });
    right.source.load_begins().await;
    let db = Arc::clone(&left);
    let third = start(here, async move { users(&db, &[1, 5]).await });
    right.source.release();
    left.source.release();
    assert_eq!(first.await.unwrap().unwrap().len(), 3);
    assert_eq!(second.await.unwrap().unwrap().len(), 4);
    assert_eq!(third.await.unwrap().unwrap().len(), 2);
    assert_eq!(left.asked(), [[1, 2, 3]]);
    assert_eq!(right.asked(), [[5, 4]]);
}

async fn a_key_whose_load_comes_to_nothing_is_loaded_by_the_batch_that_waited(fleet: Fleet) {
    for other_node in [false, true] {
        let here = fleet.node().await;
        let there = if other_node {
            fleet.node().await
        } else {
            here.clone()
        };
        here.clear("batch").await.unwrap();
        let (slow, quick) = (
            Database::new(Source::held(1)),
            Database::new(Source::open(2)),
        );
        let db = Arc::clone(&slow);
        let single = start(&here, async move { user(&db, 2).await });
        slow.source.load_begins().await;
        let db = Arc::clone(&quick);
        let batch = start(&there, async move { users(&db, &[1, 2]).await });
        quick.source.load_begins().await;
        single.abort();
        let found = batch.await.unwrap().unwrap();
        assert_eq!((found[&1].version, found[&2].version), (2, 2));
        assert_eq!(quick.asked(), [[1], [2]]);
        assert_eq!(there.scope(users::peek(&[1, 2])).await.unwrap().len(), 2);
    }
}

async fn an_invalidation_of_one_key_voids_that_key_alone(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let db = Database::new(Source::held(1));
    let loading = Arc::clone(&db);
    let batch = start(&here, async move { users(&loading, &[1, 2, 3]).await });
    db.source.load_begins().await;
    there.scope(user::invalidate(2)).await.unwrap();
    db.source.change(2);
    db.source.release();
    assert_eq!(batch.await.unwrap().unwrap()[&2].version, 1);
    let stored = there.scope(users::peek(&[1, 2, 3])).await.unwrap();
    assert_eq!(stored.len(), 2);
    assert!(!stored.contains_key(&2));
    assert_eq!(there.scope(user(&db, 2)).await.unwrap().unwrap().version, 2);
    let stats = here.stats("batch");
    assert_eq!((stats.stored, stats.voided), (2, 1));
}

#[cached(namespace = "failing-batch", ttl = "1m", batch, skip(source))]
async fn fail(source: &Source, ids: Vec<u64>) -> Result<BTreeMap<u64, u64>, Failed> {
    Err(Failed(source.load().await + ids.len() as u64))
}

async fn a_failed_load_gives_every_lease_back(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::held(1);
    let of_batch = Arc::clone(&source);
    let first = start(&node, async move { fail(&of_batch, vec![1, 2]).await });
    source.load_begins().await;
    let of_batch = Arc::clone(&source);
    let second = start(&node, async move { fail(&of_batch, vec![2, 3]).await });
    source.load_begins().await;
    source.release();
    assert_eq!(first.await.unwrap(), Err(Failed(3)));
    // Its own load fails before it comes to wait for the other.
    assert_eq!(second.await.unwrap(), Err(Failed(2)));
    let stranger = fleet.stranger().await;
    for key in node.scope(async { fail::keys(&[1, 2, 3]) }).await.unwrap() {
        assert_eq!(stranger.get(&key).await, None);
    }
}

async fn a_dropped_batch_gives_every_lease_back(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let (slow, quick) = (
        Database::new(Source::held(1)),
        Database::new(Source::open(2)),
    );
    let db = Arc::clone(&slow);
    let dropped = start(&here, async move { users(&db, &[1, 2, 3]).await });
    slow.source.load_begins().await;
    let db = Arc::clone(&quick);
    let waiting = start(&there, async move { users(&db, &[1, 2, 3]).await });
    dropped.abort();
    let found = waiting.await.unwrap().unwrap();
    assert_eq!(found.len(), 3);
    assert!(found.values().all(|user| user.version == 2));
}

async fn a_dropped_batch_hands_its_keys_over(fleet: Fleet) {
    let node = fleet.node().await;
    let (slow, quick) = (
        Database::new(Source::held(1)),
        Database::new(Source::open(2)),
    );
    let db = Arc::clone(&slow);
    let dropped = start(&node, async move { users(&db, &[1, 2, 3]).await });
    slow.source.load_begins().await;
    let singles: Vec<_> = (1..=3)
        .map(|id| {
            let db = Arc::clone(&quick);
            start(&node, async move { user(&db, id).await })
        })
        .collect();
    dropped.abort();
    for single in singles {
        assert_eq!(single.await.unwrap().unwrap().unwrap().version, 2);
    }
    assert_eq!(quick.source.loads(), 3);
}

/// The same keys with values of another type.
#[cached(namespace = "batch", ttl = "1m", batch, skip(source))]
async fn names(source: &Source, ids: &[u64]) -> Vec<(u64, String)> {
    let value = source.load().await;
    ids.iter()
        .map(|id| (*id, format!("{id}-{value}")))
        .collect()
}

async fn what_this_build_cannot_read_is_loaded_again_together(fleet: Fleet) {
    let node = fleet.node().await;
    let db = Database::new(Source::open(1));
    let ids: Vec<u64> = (1..=50).collect();
    node.scope(users(&db, &ids)).await.unwrap();
    let source = Source::open(9);
    let named = node.scope(names(&source, &ids)).await;
    assert_eq!(named[6], (7, "7-9".to_owned()), "in the order of the ids");
    // 20 and 40 are remembered as absent, which reads alike whatever the type.
    assert_eq!((named.len(), source.loads()), (48, 1));
    assert_eq!(node.scope(names(&source, &ids)).await, named);
    assert_eq!(source.loads(), 1);
}

async fn repeated_ids_are_asked_for_once(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::open(1);
    let named = node.scope(names(&source, &[7, 8, 7])).await;
    assert_eq!(named, [(7, "7-1".to_owned()), (8, "8-1".to_owned())]);
    assert_eq!(node.scope(names(&source, &[])).await, []);
    assert_eq!(source.loads(), 1, "of no ids nothing is asked");
}

async fn companions_of_a_batch(fleet: Fleet) {
    let node = fleet.node().await;
    let user = |id| User { id, version: 7 };
    let put = users::put((1..=3).map(|id| (id, user(id))).collect());
    node.scope(put).await.unwrap();
    let db = Database::new(Source::open(1));
    let found = node.scope(users(&db, &[1, 2, 3, 4])).await.unwrap();
    assert_eq!((found[&1].version, found[&4].version), (7, 1));
    assert_eq!(db.asked(), [[4]]);
    assert_eq!(
        node.scope(async { users::keys(&[4, 1]) }).await.unwrap(),
        ["app::batch:1:4", "app::batch:1:1"]
    );
    assert_eq!(node.scope(users::clear()).await.unwrap(), 4);
    assert!(
        node.scope(users::peek(&[1, 2, 3, 4]))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        node.scope(users::uncached(&db, &[1])).await.unwrap().len(),
        1
    );
}

async fn what_has_no_value_is_forgotten_unless_asked(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::open(1);
    for _ in 0..2 {
        assert!(node.scope(missing(&source, &[1, 2])).await.is_empty());
    }
    assert_eq!(source.loads(), 2);
    let stranger = fleet.stranger().await;
    for key in node.scope(async { missing::keys(&[1, 2]) }).await.unwrap() {
        assert_eq!(stranger.get(&key).await, None, "no lease is left");
    }
}

#[cached(namespace = "missing", ttl = "1m", batch, skip(source))]
async fn missing(source: &Source, _ids: &[u64]) -> HashMap<u64, u64> {
    source.load().await;
    HashMap::new()
}

#[cached(namespace = "units", ttl = "1m", batch, none_ttl = "1m", skip(source))]
async fn units(source: &Source, ids: &[u64]) -> Vec<(u64, ())> {
    source.load().await;
    ids.iter().map(|id| (*id, ())).collect()
}

/// MessagePack writes `()` as it writes that there is nothing.
async fn a_value_without_a_byte_of_its_own_is_stored(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::open(1);
    for _ in 0..2 {
        assert_eq!(node.scope(units(&source, &[1])).await.len(), 1);
    }
    assert_eq!(source.loads(), 1);
}

#[cached(
    namespace = "near",
    ttl = "1m",
    local = true,
    batch,
    none_ttl = "1m",
    skip(source)
)]
async fn near(source: &Source, ids: &[u64]) -> HashMap<u64, u64> {
    let value = source.load().await;
    let there = ids.iter().filter(|id| **id != 20);
    there.map(|id| (*id, value)).collect()
}

async fn a_batch_keeps_copies_and_is_answered_from_them(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let source = Source::open(1);
    let ids = [1, 2, 20];
    // The first loads, the second keeps what it reads, and the third is answered once pushes are
    // known to arrive.
    let mut calls = 0;
    while here.stats("near").local_hits < 3 {
        assert_eq!(here.scope(near(&source, &ids)).await.len(), 2);
        calls += 1;
        assert!(calls < 10_000, "{:?}", here.stats("near"));
    }
    assert_eq!(source.loads(), 1);
    source.change(2);
    there.scope(near::invalidate(&[2])).await.unwrap();
    // The push comes soon.
    while here.scope(near(&source, &ids)).await[&2] != 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(here.scope(near(&source, &ids)).await[&1], 1);
    source.change(3);
    here.scope(near::invalidate(&[1, 2])).await.unwrap();
    let found = here.scope(near(&source, &ids)).await;
    assert_eq!(
        (found[&1], found[&2]),
        (3, 3),
        "at once for whoever invalidates"
    );
}

#[cached(namespace = "tagged", ttl = "1m", batch, tags = ["org:{org}", "user:{ids}"], skip(source))]
async fn tagged(source: &Source, ids: Vec<u64>, org: u32) -> HashMap<u64, u64> {
    assert_ne!(org, 0);
    let value = source.load().await;
    ids.into_iter().map(|id| (id, value)).collect()
}

async fn tags_void_batches(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::open(1);
    let ids = || vec![1, 2, 3];
    node.scope(tagged(&source, ids(), 7)).await;
    source.change(2);
    assert_eq!(node.scope(tagged(&source, ids(), 7)).await[&1], 1);
    node.invalidate_tag("user:2").await.unwrap();
    let found = node.scope(tagged(&source, ids(), 7)).await;
    assert_eq!((found[&1], found[&2], found[&3]), (1, 2, 1));
    source.change(3);
    node.invalidate_tag("org:7").await.unwrap();
    assert!(
        node.scope(tagged::peek(&ids(), 7))
            .await
            .unwrap()
            .is_empty()
    );
    let found = node.scope(tagged(&source, ids(), 7)).await;
    assert_eq!((found[&1], found[&2], found[&3]), (3, 3, 3));
    // What is put carries the tags too.
    node.scope(tagged::put(
        8,
        ids().into_iter().map(|id| (id, 9)).collect(),
    ))
    .await
    .unwrap();
    assert_eq!(node.scope(tagged(&source, ids(), 8)).await[&2], 9);
    node.invalidate_tag("org:8").await.unwrap();
    assert_eq!(node.scope(tagged(&source, ids(), 8)).await[&2], 3);

    // An invalidation during the load voids what it has read.
    let held = Source::held(4);
    let loading = Arc::clone(&held);
    let batch = start(&node, async move { tagged(&loading, vec![1, 2], 9).await });
    held.load_begins().await;
    node.invalidate_tag("user:2").await.unwrap();
    held.release();
    batch.await.unwrap();
    let found = node.scope(tagged(&source, vec![1, 2], 9)).await;
    assert_eq!((found[&1], found[&2]), (4, 3));
}

async fn many_entries_by_plain_calls(fleet: Fleet) {
    let node = fleet.node().await;
    let spec = CacheSpec::new("plain", Ttl::after(Duration::from_mins(1)));
    let cache = node
        .cache::<u64>(spec)
        .index("parity", |value, parity| parity.value(&(value % 2)));
    cache.set_many([(1, 10), (2, 21)]).await.unwrap();
    assert_eq!(cache.by_index("parity", &1).await.unwrap(), [21]);
    assert_eq!(
        cache.get_many(&[1, 2, 3]).await.unwrap(),
        [(1, 10), (2, 21)].into()
    );
    let load = async |missing: Vec<u64>| -> HashMap<u64, u64> {
        assert_eq!(missing, [3, 4]);
        [(3, 31), (5, 51)].into()
    };
    let found = cache.get_many_or_load(&[1, 2, 3, 4], load).await;
    assert_eq!(found, [(1, 10), (2, 21), (3, 31)].into());
    let mut odd = cache.by_index("parity", &1).await.unwrap();
    odd.sort_unstable();
    assert_eq!(odd, [21, 31], "what nobody asked for is not stored");
    cache.invalidate_many(&[2, 3]).await.unwrap();
    assert!(cache.by_index("parity", &1).await.unwrap().is_empty());
    let failed = cache.try_get_many_or_load(&[1, 2], async |_missing| Err("down"));
    assert_eq!(failed.await, Err("down"));
    assert_eq!(cache.get_many(&[1, 2]).await.unwrap(), [(1, 10)].into());
}

#[cached(namespace = "slow-batch", ttl = "1m", batch, skip(source))]
async fn slowly(source: &Source, ids: &[u64]) -> HashMap<u64, u64> {
    tokio::time::sleep(Duration::from_millis(3)).await;
    tokio::task::yield_now().await;
    let value = source.load().await;
    ids.iter().map(|id| (*id, value)).collect()
}

/// Drops a batch after its first, second, … poll, until it gets through. One of its keys is there,
/// one is being loaded by another call, two are missing. After each: nobody hangs, no lease is
/// left, and the values are right.
#[tokio::test(start_paused = true)]
async fn a_batch_can_be_dropped_at_every_await() {
    let mut polls = 1;
    loop {
        let server = MemoryServer::new();
        let link = server.connect();
        let control = link.control();
        let (here, there) = (
            Larder::builder().on_memory_link(link),
            Larder::builder().on_memory(&server),
        );
        let source = Source::open(5);
        here.scope(slowly(&source, &[1])).await;
        let held = Source::held(5);
        let loading = Arc::clone(&held);
        let other = start(&here, async move { slowly(&loading, &[2]).await });
        held.load_begins().await;
        control.delay_requests(Duration::from_millis(1));
        control.delay_replies(Duration::from_millis(1));
        let release = Arc::clone(&held);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            release.release();
        });

        let call = here.scope(async { slowly(&source, &[1, 2, 3, 4]).await });
        let got_through = DropAfter {
            polls,
            call: Some(Box::pin(call)),
        }
        .await;
        // Somebody on the same node and somebody on another one, at once.
        let bound = Duration::from_millis(100);
        let ids = [4, 3, 2, 1];
        let beside = tokio::time::timeout(bound, here.scope(slowly(&source, &ids)));
        let elsewhere = tokio::time::timeout(bound, there.scope(slowly(&source, &ids)));
        let (beside, elsewhere) = tokio::join!(beside, elsewhere);
        for found in [beside, elsewhere] {
            let found = found.unwrap_or_else(|_| panic!("dropped after {polls} polls"));
            assert_eq!(found.len(), 4, "dropped after {polls} polls");
        }
        other.await.unwrap();
        let stored = there.scope(slowly::peek(&ids)).await.unwrap();
        assert_eq!(stored.len(), 4, "dropped after {polls} polls");
        if got_through.is_some() {
            assert!(polls > 6, "only {polls} polls");
            return;
        }
        polls += 1;
    }
}

/// The leases live for two seconds and the body takes nine.
#[tokio::test(start_paused = true)]
async fn the_leases_of_a_batch_live_as_long_as_its_body() {
    let server = MemoryServer::new();
    let (here, there) = (
        Larder::builder().on_memory(&server),
        Larder::builder().on_memory(&server),
    );
    let (slow, quick) = (
        Database::new(Source::held(1)),
        Database::new(Source::open(2)),
    );
    let db = Arc::clone(&slow);
    let loading = start(&here, async move { users(&db, &[1, 2, 3]).await });
    slow.source.load_begins().await;
    let db = Arc::clone(&quick);
    let waiting = start(&there, async move { users(&db, &[3, 2]).await });
    tokio::time::sleep(Duration::from_secs(9)).await;
    slow.source.release();
    assert_eq!(loading.await.unwrap().unwrap().len(), 3);
    assert_eq!(waiting.await.unwrap().unwrap()[&2].version, 1);
    assert_eq!(quick.source.loads(), 0);
}

#[cached(namespace = "strict-batch", ttl = "1m", batch, on_error = "fail")]
async fn strict(ids: &[u64]) -> Result<HashMap<u64, u64>, Error> {
    Ok(ids.iter().map(|id| (*id, *id)).collect())
}

#[tokio::test(start_paused = true)]
async fn a_black_hole_costs_a_batch_the_budget_once() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let source = Source::open(1);
    let ids: Vec<u64> = (1..=100).collect();
    node.scope(read_only(&source, &ids[..50])).await;
    control.black_hole();
    let began = Instant::now();
    assert_eq!(node.scope(read_only(&source, &ids)).await.len(), 100);
    assert_eq!(began.elapsed(), Duration::from_millis(45));
    assert_eq!(source.loads(), 2, "one body for all of them");
    assert_eq!(node.stats("outage-batch").degraded, 100);
    let error = node.scope(strict(&ids)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    control.cut();
    let began = Instant::now();
    assert_eq!(node.scope(read_only(&source, &ids)).await.len(), 100);
    assert_eq!(began.elapsed(), Duration::ZERO);
    control.heal();
    assert_eq!(node.scope(read_only(&source, &ids)).await.len(), 100);
    assert_eq!(node.scope(read_only(&source, &ids)).await.len(), 100);
    assert_eq!(source.loads(), 4, "it caches again by itself");
}

#[cached(namespace = "outage-batch", ttl = "1m", batch, skip(source))]
async fn read_only(source: &Source, ids: &[u64]) -> HashMap<u64, u64> {
    let value = source.load().await;
    ids.iter().map(|id| (*id, value)).collect()
}

/// What waits for the server is not read here, and what is beside it is.
#[tokio::test(start_paused = true)]
async fn an_invalidation_of_a_batch_waits_for_the_server() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let db = Database::new(Source::open(1));
    node.scope(users(&db, &[1, 2, 3])).await.unwrap();
    control.cut();
    let error = node.scope(users::invalidate(&[1, 2])).await.unwrap_err();
    assert!(error.is_queued(), "{error}");
    db.source.change(2);
    db.asked();
    let found = node.scope(users(&db, &[1, 2])).await.unwrap();
    assert_eq!((found[&1].version, found[&2].version), (2, 2));
    control.heal();
    tokio::time::sleep(Duration::from_secs(10)).await;
    let found = node.scope(users(&db, &[1, 2, 3])).await.unwrap();
    let versions = [1, 2, 3].map(|id| found[&id].version);
    assert_eq!(versions, [2, 2, 1]);
    assert_eq!(db.asked(), [[1, 2], [1, 2]]);
}

/// Without a Larder the body runs for all ids.
#[tokio::test]
async fn a_batch_without_a_larder_runs_its_body() {
    let db = Database::new(Source::open(1));
    assert_eq!(users(&db, &[1, 2, 1]).await.unwrap().len(), 2);
    assert_eq!(db.asked(), [[1, 2]]);
    assert_eq!(
        users::peek(&[1]).await.unwrap_err().kind(),
        ErrorKind::NotInstalled
    );
}
