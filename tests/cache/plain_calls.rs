//! Plain calls do what an annotated function does, by the same protocol.

use std::sync::Arc;
use std::time::Duration;

use larder::{
    Cache, CacheSpec, Entry, Error, ErrorKind, ErrorRules, Larder, MemoryServer, Ttl, cached,
};
use larder_runtime::backend::Command;
use serde::{Deserialize, Serialize};

use crate::fleet::{Fleet, start};
use crate::source::Source;

const MINUTE: Duration = Duration::from_mins(1);
const PLAIN: CacheSpec = CacheSpec::new("plain", Ttl::after(MINUTE));

#[cached(namespace = "plain", ttl = "1m", skip(source))]
async fn read(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

#[cached(namespace = "choosy", ttl = "1m", store_if = |value| *value > 5)]
async fn choosy(_id: u64) -> u64 {
    9
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Failed {
    ForGood,
    Now(u64),
    Away,
}

impl From<Error> for Failed {
    fn from(_: Error) -> Self {
        Self::Away
    }
}

on_each_backend!(
    plain_callers_of_many_nodes_load_once,
    a_plain_call_and_an_annotated_function_share_their_entries,
    an_invalidation_voids_a_plain_load,
    values_decide,
    none_is_remembered_if_it_is_absent,
    errors_follow_their_rules,
    a_refresh_by_hand_follows_the_rules_of_the_attribute,
    a_refresh_whose_answer_is_not_to_be_stored_removes_the_old_value,
    a_refresh_whose_answer_is_not_to_be_stored_leaves_what_was_put_meanwhile,
    a_refresh_that_fails_leaves_the_old_value,
);

async fn plain_callers_of_many_nodes_load_once(fleet: Fleet) {
    let source = Source::held(3);
    let mut calls = Vec::new();
    for _ in 0..4 {
        let entry = fleet
            .node()
            .await
            .cache::<u64>(PLAIN)
            .entry(|key| key.arg(&7_u64));
        for _ in 0..25 {
            let (entry, source) = (entry.clone(), Arc::clone(&source));
            calls.push(tokio::spawn(async move {
                entry.get_or_load(source.load()).await
            }));
        }
    }
    source.load_begins().await;
    source.release();
    for call in calls {
        assert_eq!(call.await.unwrap(), 3);
    }
    assert_eq!(source.loads(), 1);
}

async fn a_plain_call_and_an_annotated_function_share_their_entries(fleet: Fleet) {
    let node = fleet.node().await;
    let cache: Cache<u64> = node.cache(PLAIN);
    let entry = cache.entry(|key| key.arg(&7_u64));
    let key = node.scope(async { read::key(7) }).await.unwrap();
    assert_eq!(entry.key().unwrap(), key);

    node.scope(read(7, Source::open(3))).await;
    assert_eq!(entry.get_or_load(async { 4 }).await, 3);
    entry.put(&5).await.unwrap();
    assert_eq!(node.scope(read::peek(7)).await.unwrap(), Some(5));
    assert_eq!(cache.clear().await.unwrap(), 1);
    assert_eq!(entry.peek().await.unwrap(), None);
    assert_eq!(cache.stats(), node.stats("plain"));
}

async fn an_invalidation_voids_a_plain_load(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let source = Source::held(1);
    let entry = here.cache::<u64>(PLAIN).entry(|key| key.arg(&7_u64));
    let loading = {
        let (entry, source) = (entry.clone(), Arc::clone(&source));
        start(&here, async move { entry.get_or_load(source.load()).await })
    };
    source.load_begins().await;
    there.scope(read::invalidate(7)).await.unwrap();
    source.release();
    assert_eq!(loading.await.unwrap(), 1);
    assert_eq!(entry.peek().await.unwrap(), None);
}

async fn values_decide(fleet: Fleet) {
    let node = fleet.node().await;
    let cache = node
        .cache::<u64>(PLAIN)
        .ttl_from(|value| Duration::from_secs(*value))
        .store_if(|value| *value != 13);
    for (value, longest) in [(10, Some(10)), (1000, Some(60)), (13, None), (0, None)] {
        let entry = cache.entry(|key| key.arg(&value));
        assert_eq!(entry.get_or_load(async { value }).await, value);
        let ttl = entry.ttl().await.unwrap().and_then(Ttl::duration);
        assert_eq!(ttl.is_some(), longest.is_some(), "{value}: {ttl:?}");
        assert!(ttl <= longest.map(Duration::from_secs), "{value}: {ttl:?}");
    }
}

async fn none_is_remembered_if_it_is_absent(fleet: Fleet) {
    let node = fleet.node().await;
    let loads = async |cache: Cache<Option<u64>>, id: u64| {
        let source = Source::open(0);
        let entry = cache.entry(|key| key.arg(&id));
        for _ in 0..2 {
            let load = async {
                source.load().await;
                None
            };
            assert_eq!(entry.get_or_load(load).await, None);
        }
        source.loads()
    };
    let remembering = PLAIN.none_ttl(Ttl::after(Duration::from_secs(5)));
    assert_eq!(
        loads(node.cache(PLAIN), 1).await,
        1,
        "a value like any other"
    );
    assert_eq!(loads(node.cache(PLAIN).optional(), 2).await, 2);
    assert_eq!(loads(node.cache(remembering).optional(), 3).await, 1);
}

async fn errors_follow_their_rules(fleet: Fleet) {
    let node = fleet.node().await;
    let cache = node.cache::<u64>(PLAIN.err_ttl(Ttl::after(Duration::from_secs(5))));
    let rules = ErrorRules::new().cache_err(|error| *error == Failed::ForGood);
    for (error, loads) in [(Failed::ForGood, 1), (Failed::Now(1), 2)] {
        let source = Source::open(0);
        let entry = cache.entry(|key| key.arg(&loads));
        for _ in 0..2 {
            let load = async {
                source.load().await;
                Err(error.clone())
            };
            let returned = entry.try_get_or_load_with(&rules, load).await;
            assert_eq!(returned, Err(error.clone()));
        }
        assert_eq!(source.loads(), loads, "{error:?}");
    }
    let entry = cache.entry(|key| key.arg("good"));
    let loaded: Result<_, Failed> = entry.try_get_or_load(async { Ok(3) }).await;
    assert_eq!(loaded, Ok(3));
    assert_eq!(entry.peek().await.unwrap(), Some(3));
}

/// Those who wait for a load that fails get its error if that is said, and load in their turn if
/// not.
#[tokio::test(start_paused = true)]
async fn errors_are_shared_if_that_is_said() {
    for (rules, loads) in [(ErrorRules::new().share(), 1), (ErrorRules::new(), 5)] {
        let rules = Arc::new(rules);
        let entry = Larder::memory()
            .cache::<u64>(PLAIN)
            .entry(|key| key.arg(&7_u64));
        let source = Source::held(9);
        let calls: Vec<_> = (0..5)
            .map(|_| {
                let (entry, rules, source) =
                    (entry.clone(), Arc::clone(&rules), Arc::clone(&source));
                tokio::spawn(async move {
                    let load = async { Err(Failed::Now(source.load().await)) };
                    entry.try_get_or_load_with(&rules, load).await
                })
            })
            .collect();
        source.load_begins().await;
        source.release();
        for call in calls {
            assert_eq!(call.await.unwrap(), Err(Failed::Now(9)));
        }
        assert_eq!(source.loads(), loads);
    }
}

async fn a_refresh_by_hand_follows_the_rules_of_the_attribute(fleet: Fleet) {
    let node = fleet.node().await;
    let entry = node.scope(async { choosy::entry(7) }).await;
    assert_eq!(entry.refresh(async { 3 }).await, 3);
    assert_eq!(entry.peek().await.unwrap(), None);
    assert_eq!(entry.refresh(async { 9 }).await, 9);
    assert_eq!(entry.peek().await.unwrap(), Some(9));
    assert_eq!(node.scope(choosy(7)).await, 9);
}

#[tokio::test(start_paused = true)]
async fn a_plain_call_fails_if_it_is_told_to() {
    let link = MemoryServer::new().connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let entry = node.cache::<u64>(PLAIN).entry(|key| key.arg(&7_u64));
    control.cut();

    let failing = ErrorRules::new().fail_on_error();
    let source = Source::open(3);
    let load = async { Ok(source.load().await) };
    assert_eq!(
        entry.try_get_or_load_with(&failing, load).await,
        Err(Failed::Away)
    );
    assert_eq!(source.loads(), 0);

    let load = async { Ok::<_, Failed>(source.load().await) };
    assert_eq!(entry.try_get_or_load(load).await, Ok(3));
    assert_eq!(
        entry.peek().await.unwrap_err().kind(),
        ErrorKind::Unreachable
    );
}

/// What can bear the lease of a refresh, and what cannot.
const WITH_AND_WITHOUT_STALE: [CacheSpec; 2] = [PLAIN, PLAIN.stale(MINUTE)];

async fn a_refresh_whose_answer_is_not_to_be_stored_removes_the_old_value(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    for spec in WITH_AND_WITHOUT_STALE {
        let optional = |node: &Larder| {
            let cache = node.cache::<Option<u64>>(spec).optional();
            cache.entry(|key| key.arg(&1_u64))
        };
        let entry = optional(&here);
        assert_eq!(entry.get_or_load(async { Some(1) }).await, Some(1));
        assert_eq!(entry.refresh(async { None }).await, None);
        assert_eq!(optional(&there).peek().await.unwrap(), None);
        assert_eq!(entry.ttl().await.unwrap(), None);
        assert_eq!(entry.get_or_load(async { Some(2) }).await, Some(2));
        entry.invalidate().await.unwrap();

        let choosy = here.cache::<u64>(spec).store_if(|value| *value < 10);
        let entry = choosy.entry(|key| key.arg(&2_u64));
        entry.put(&5).await.unwrap();
        assert_eq!(entry.refresh(async { 50 }).await, 50);
        assert_eq!(entry.peek().await.unwrap(), None);
    }
}

async fn a_refresh_whose_answer_is_not_to_be_stored_leaves_what_was_put_meanwhile(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    for spec in WITH_AND_WITHOUT_STALE {
        let choosy = |node: &Larder| {
            let cache = node.cache::<u64>(spec).store_if(|value| *value < 10);
            cache.entry(|key| key.arg(&7_u64))
        };
        let (entry, other) = (choosy(&here), choosy(&there));
        entry.put(&1).await.unwrap();
        let source = Source::held(50);
        let refreshing = {
            let (entry, source) = (entry.clone(), Arc::clone(&source));
            start(&here, async move { entry.refresh(source.load()).await })
        };
        source.load_begins().await;
        other.put(&2).await.unwrap();
        source.release();
        assert_eq!(refreshing.await.unwrap(), 50);
        assert_eq!(other.peek().await.unwrap(), Some(2));
        other.invalidate().await.unwrap();
    }
}

async fn a_refresh_that_fails_leaves_the_old_value(fleet: Fleet) {
    let node = fleet.node().await;
    for spec in WITH_AND_WITHOUT_STALE {
        let entry = node.cache::<u64>(spec).entry(|key| key.arg(&7_u64));
        entry.put(&1).await.unwrap();
        let failed = entry.try_refresh(async { Err("down") }).await;
        assert_eq!(failed, Err("down"));
        assert_eq!(entry.peek().await.unwrap(), Some(1));
    }
}

/// Of an entry that has no end, since a server makes room of those that have one.
#[tokio::test(start_paused = true)]
async fn a_full_embedded_server_is_looked_at() {
    let server = MemoryServer::builder().max_memory(20_000).build();
    let fleet = Fleet::Memory(server);
    let node = fleet.node().await;
    let entry = node.cache::<u64>(ENDLESS).entry(|key| key.arg(&1_u64));
    entry.put(&7).await.unwrap();
    let ballast = node.store::<String>("ballast").durable().unwrap();
    ballast.set("all", &"x".repeat(30_000)).await.unwrap();
    is_looked_at(&entry).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_redis_is_looked_at() {
    let fleet = Fleet::redis();
    let node = fleet.node().await;
    let entry = node.cache::<u64>(ENDLESS).entry(|key| key.arg(&1_u64));
    entry.put(&7).await.unwrap();
    let full = Command::new("CONFIG").arg("SET").arg("maxmemory").arg("1");
    fleet.stranger().await.run(full).await;
    is_looked_at(&entry).await;
}

const ENDLESS: CacheSpec = CacheSpec::new("endless", Ttl::NEVER);

async fn is_looked_at(entry: &Entry<u64>) {
    let refused = entry.put(&8).await.unwrap_err();
    assert_eq!(refused.code(), Some("OOM"), "it is full");
    assert_eq!(entry.ttl().await.unwrap(), Some(Ttl::NEVER));
    assert_eq!(entry.peek().await.unwrap(), Some(7));
}
