//! The stored value, or one that is given: whatever is answered is what is stored.

use std::sync::Arc;
use std::time::Duration;

use larder::testing::LinkControl;
use larder::{Cache, CacheSpec, Early, Entry, ErrorKind, Larder, MemoryServer, Ttl};

use crate::fleet::{Fleet, PATIENCE, start};
use crate::source::Source;

const SPEC: CacheSpec = CacheSpec::new("set", Ttl::after(Duration::from_mins(10)));
const SOON: Duration = Duration::from_millis(50);

on_each_backend!(
    one_of_many_values_is_set_and_all_have_that_one,
    what_is_due_or_stale_is_what_is_stored,
    a_load_that_is_under_way_comes_first,
    after_a_load_that_stores_nothing_the_value_is_set,
    what_cannot_be_stored_is_an_error_and_makes_room,
    what_cannot_be_read_makes_room,
    what_is_set_is_listed_and_has_its_tags,
);

fn entry(node: &Larder) -> Entry<u64> {
    node.cache(SPEC).entry(|key| key.arg(&7))
}

/// Lists numbers by their tens.
fn listed(node: &Larder) -> Cache<u64> {
    let cache = node.cache(SPEC);
    cache.index("tens", |value: &u64, tens| tens.value(&(value / 10)))
}

async fn one_of_many_values_is_set_and_all_have_that_one(fleet: Fleet) {
    let nodes = [fleet.node().await, fleet.node().await];
    let setters: Vec<_> = (0..40)
        .map(|number: u64| {
            let node = &nodes[number as usize % 2];
            let entry = entry(node);
            start(node, async move { entry.get_or_set(number).await.unwrap() })
        })
        .collect();
    let mut found = Vec::new();
    for setter in setters {
        found.push(setter.await.unwrap());
    }
    let stored = entry(&nodes[0]).peek().await.unwrap().unwrap();
    assert!(found.iter().all(|it| *it == stored), "{found:?}");
}

async fn what_is_due_or_stale_is_what_is_stored(fleet: Fleet) {
    let node = fleet.node().await;
    let never = CacheSpec::new("set.every", Ttl::NEVER);
    let minute = CacheSpec::new("set.early", Ttl::after(Duration::from_mins(1)));
    let soon = CacheSpec::new("set.stale", Ttl::after(SOON));
    for spec in [
        never.refresh_every(SOON),
        minute.early(Early::Last(0.9999)),
        soon.stale(Duration::from_mins(1)),
        soon.stale(Duration::from_mins(1))
            .soft(Duration::from_mins(1)),
    ] {
        let entry = node.cache::<Vec<u64>>(spec).entry(|key| key.arg(&7));
        entry.put(&vec![42]).await.unwrap();
        tokio::time::sleep(SOON + SOON).await;
        assert_eq!(entry.get_or_set(Vec::new()).await.unwrap(), [42]);
        assert_eq!(entry.peek().await.unwrap(), Some(vec![42]));
        // It is still due, for those who load.
        assert_eq!(entry.get_or_load(async { vec![43] }).await, [43]);
        entry.invalidate().await.unwrap();
    }
}

async fn a_load_that_is_under_way_comes_first(fleet: Fleet) {
    let nodes = [fleet.node().await, fleet.node().await];
    for setting in &nodes {
        let source = Source::held(1);
        let (loading, from) = (entry(&nodes[0]), Arc::clone(&source));
        let load = async move { loading.get_or_load(async { from.load().await }).await };
        let load = start(&nodes[0], load);
        source.load_begins().await;
        let set = entry(setting);
        let set = start(setting, async move { set.get_or_set(2).await.unwrap() });
        tokio::task::yield_now().await;
        source.release();
        assert_eq!((load.await.unwrap(), set.await.unwrap()), (1, 1));
        assert_eq!(entry(setting).peek().await.unwrap(), Some(1));
        entry(setting).invalidate().await.unwrap();
    }
}

async fn after_a_load_that_stores_nothing_the_value_is_set(fleet: Fleet) {
    let nodes = [fleet.node().await, fleet.node().await];
    for setting in &nodes {
        let source = Source::held(1);
        let cache = nodes[0].cache(SPEC).store_if(|value: &u64| *value != 1);
        let (loading, from) = (cache.entry(|key| key.arg(&7)), Arc::clone(&source));
        let load = async move { loading.get_or_load(async { from.load().await }).await };
        let load = start(&nodes[0], load);
        source.load_begins().await;
        let set = entry(setting);
        let set = start(setting, async move { set.get_or_set(2).await.unwrap() });
        tokio::task::yield_now().await;
        source.release();
        assert_eq!((load.await.unwrap(), set.await.unwrap()), (1, 2));
        assert_eq!(entry(setting).peek().await.unwrap(), Some(2));
        entry(setting).invalidate().await.unwrap();
    }
}

async fn what_cannot_be_stored_is_an_error_and_makes_room(fleet: Fleet) {
    let node = fleet.node().await;
    let rule = |value: &u64| Ttl::after(Duration::from_secs(*value));
    let entry = node.cache(SPEC).ttl_from(rule).entry(|key| key.arg(&7));
    let error = entry.get_or_set(0).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Configuration, "get_or_set")
    );
    // No lease is left for which anybody would have to wait.
    assert_eq!(entry.get_or_set(60).await.unwrap(), 60);

    let builder = Larder::builder().app("app").call_budget(PATIENCE);
    let builder = builder.max_value_bytes(10_000);
    let small = match &fleet {
        Fleet::Memory(server) => builder.on_memory(server),
        Fleet::Redis(server) => builder.url(server.url()).build().await.unwrap(),
    };
    let entry = small.cache(SPEC).entry(|key| key.arg(&8));
    let error = entry.get_or_set("x".repeat(20_000)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(entry.get_or_set("x".to_owned()).await.unwrap(), "x");
    // Whoever sets it wants it stored, as whoever puts it does.
    let picky = node.cache::<u64>(SPEC).store_if(|_| false);
    let entry = picky.entry(|key| key.arg(&9));
    assert_eq!(entry.get_or_set(1).await.unwrap(), 1);
    assert_eq!(entry.get_or_set(2).await.unwrap(), 1);
}

async fn what_cannot_be_read_makes_room(fleet: Fleet) {
    let (node, stranger) = (fleet.node().await, fleet.stranger().await);
    let entry = entry(&node);
    stranger.set(&entry.key().unwrap(), b"strange").await;
    assert_eq!(entry.get_or_set(2).await.unwrap(), 2);
    assert_eq!(entry.peek().await.unwrap(), Some(2));
}

async fn what_is_set_is_listed_and_has_its_tags(fleet: Fleet) {
    let node = fleet.node().await;
    let entry = || listed(&node).entry(|key| key.arg(&7)).tag("user:7");
    assert_eq!(entry().get_or_set(42).await.unwrap(), 42);
    assert_eq!(listed(&node).by_index("tens", &4).await.unwrap(), [42]);
    node.invalidate_tag("user:7").await.unwrap();
    assert_eq!(entry().get_or_set(31).await.unwrap(), 31);
    let moved = listed(&node).by_index("tens", &4).await.unwrap();
    assert!(moved.is_empty());
    assert_eq!(listed(&node).invalidate_index("tens", &3).await.unwrap(), 1);
    assert_eq!(entry().get_or_set(50).await.unwrap(), 50);
}

/// A node whose requests take ten milliseconds to arrive, of which the server knows the scripts,
/// and another one.
async fn slow(cache: fn(&Larder) -> Cache<u64>) -> (Larder, LinkControl, Larder) {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let here = Larder::builder().on_memory_link(link);
    let there = Larder::builder().on_memory(&server);
    let entry = cache(&here).entry(|key| key.arg(&7));
    entry.get_or_set(1).await.unwrap();
    entry.invalidate().await.unwrap();
    control.delay_requests(Duration::from_millis(10));
    (here, control, there)
}

#[tokio::test(start_paused = true)]
async fn a_load_that_takes_longer_than_the_wait_is_an_error() {
    let node = Larder::memory();
    let (loading, source) = (entry(&node), Source::held(1));
    let from = Arc::clone(&source);
    let load = start(&node, async move {
        loading.get_or_load(async { from.load().await }).await
    });
    source.load_begins().await;
    let began = tokio::time::Instant::now();
    let (one, other) = (entry(&node), entry(&node));
    let (one, other) = tokio::join!(one.get_or_set(2), other.get_or_set(3));
    for error in [one.unwrap_err(), other.unwrap_err()] {
        let said = (error.kind(), error.operation());
        assert_eq!(said, (ErrorKind::LoadTimeout, "get_or_set"));
    }
    let waited = began.elapsed();
    assert!(
        waited >= Duration::from_secs(10),
        "as long as `wait` says: {waited:?}"
    );
    assert!(
        waited <= Duration::from_millis(10_100),
        "and no longer: {waited:?}"
    );
    source.release();
    assert_eq!(load.await.unwrap(), 1);
    assert_eq!(entry(&node).get_or_set(2).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_may_not_have_been_stored_is_an_error() {
    for cache in [|node: &Larder| node.cache(SPEC), listed] {
        let (here, control, there) = slow(cache).await;
        let set = cache(&here).entry(|key| key.arg(&7));
        let set = start(&here, async move { set.get_or_set(2).await });
        // It has the lease, and is about to write.
        tokio::time::sleep(Duration::from_millis(15)).await;
        control.cut();
        let error = set.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable);
        let other = cache(&there).entry(|key| key.arg(&7));
        assert_eq!(other.get_or_set(3).await.unwrap(), 3);
        assert_eq!(other.peek().await.unwrap(), Some(3));
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_voided_is_set_anew_or_gives_way() {
    for cache in [|node: &Larder| node.cache(SPEC), listed] {
        for put in [None, Some(3)] {
            let (here, _control, there) = slow(cache).await;
            let set = cache(&here).entry(|key| key.arg(&7));
            let set = start(&here, async move { set.get_or_set(2).await });
            // It has the lease, and is about to write.
            tokio::time::sleep(Duration::from_millis(15)).await;
            let other = cache(&there).entry(|key| key.arg(&7));
            match put {
                Some(value) => other.put(&value).await.unwrap(),
                None => drop(other.invalidate().await.unwrap()),
            }
            let stored = put.unwrap_or(2);
            assert_eq!(set.await.unwrap().unwrap(), stored);
            assert_eq!(other.peek().await.unwrap(), Some(stored));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_voided_again_and_again_is_told_in_time() {
    let (here, _control, there) = slow(|node| node.cache(SPEC)).await;
    let set = entry(&here);
    let set = start(&here, async move { set.get_or_set(2).await });
    let began = tokio::time::Instant::now();
    while !set.is_finished() {
        entry(&there).invalidate().await.unwrap();
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    assert_eq!(set.await.unwrap().unwrap_err().kind(), ErrorKind::Timeout);
    let took = began.elapsed();
    assert!(took <= Duration::from_millis(1_100), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn with_the_server_away_it_is_an_error_within_the_budget() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    entry(&node).put(&1).await.unwrap();
    control.black_hole();
    let began = tokio::time::Instant::now();
    let error = entry(&node).get_or_set(2).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(began.elapsed() <= Duration::from_millis(60));
    control.heal();
    control.cut();
    entry(&node).invalidate().await.unwrap_err();
    control.heal();
    let error = entry(&node).get_or_set(2).await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Unreachable,
        "an invalidation waits"
    );
}

/// A hit is what it is to a call that loads.
#[tokio::test(start_paused = true)]
async fn a_hit_is_one_round_trip() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    entry(&node).get_or_set(1).await.unwrap();
    let before = control.round_trips();
    assert_eq!(entry(&node).get_or_set(2).await.unwrap(), 1);
    let sent = control.round_trips().since(&before);
    assert_eq!((sent.of("GET"), sent.total()), (1, 1));
}
