//! A stored value is changed in place: no change is lost, none is made of what was invalidated, and
//! groups and ends stay right.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use larder::{Cache, CacheSpec, Early, Entry, ErrorKind, Larder, Local, MemoryServer, Ttl};

use crate::fleet::{Fleet, start};
use crate::source::Source;

const SPEC: CacheSpec = CacheSpec::new("updated", Ttl::after(Duration::from_mins(10)));

on_each_backend!(
    a_value_is_changed_and_its_end_stays,
    no_change_of_many_is_lost,
    what_is_not_there_or_not_readable_is_not_changed,
    an_entry_moves_to_the_list_of_its_new_value,
    an_entry_keeps_its_tags_and_the_lists_of_its_callers,
    whoever_updates_is_never_answered_with_its_own_old_value,
    a_touched_value_lives_as_if_it_were_put_now,
    a_touch_that_leaves_no_time_is_the_error_of_a_put,
    a_load_that_is_under_way_is_waited_for,
    a_refresh_of_what_a_tag_has_ended_is_waited_for,
    a_change_to_nothing_lives_as_nothing_does,
    a_change_reaches_the_builds_of_the_version_before_and_after,
);

fn entry(node: &Larder) -> Entry<u64> {
    node.cache(SPEC).entry(|key| key.arg(&7))
}

/// Lists numbers by their tens.
fn listed(node: &Larder) -> Cache<u64> {
    let cache = node.cache(SPEC).index_by_caller("session");
    cache.index("tens", |value: &u64, tens| tens.value(&(value / 10)))
}

async fn left(entry: &Entry<u64>) -> Duration {
    entry.ttl().await.unwrap().and_then(Ttl::duration).unwrap()
}

async fn a_value_is_changed_and_its_end_stays(fleet: Fleet) {
    let node = fleet.node().await;
    let spec = CacheSpec::new("updated", Ttl::after(Duration::from_secs(30)));
    node.cache(spec)
        .entry(|key| key.arg(&7))
        .put(&1)
        .await
        .unwrap();
    // By somebody whose values live longer.
    let entry = entry(&node);
    assert_eq!(entry.update(|value| *value += 1).await.unwrap(), Some(2));
    assert_eq!(entry.peek().await.unwrap(), Some(2));
    assert!(left(&entry).await <= Duration::from_secs(30));

    let endless = CacheSpec::new("updated.endless", Ttl::NEVER);
    let endless = node.cache::<u64>(endless).entry(|key| key.arg(&7));
    endless.put(&1).await.unwrap();
    endless.update(|value| *value += 1).await.unwrap();
    assert_eq!(endless.ttl().await.unwrap(), Some(Ttl::NEVER));
}

async fn no_change_of_many_is_lost(fleet: Fleet) {
    let nodes = [fleet.node().await, fleet.node().await];
    for cache in [|node: &Larder| node.cache(SPEC), listed] {
        let entry = |node: &Larder| cache(node).entry(|key| key.arg(&7));
        entry(&nodes[0]).put(&0).await.unwrap();
        let writers: Vec<_> = (0..20)
            .map(|number| {
                let node = &nodes[number % 2];
                let entry = entry(node);
                start(node, async move {
                    for _ in 0..5 {
                        entry.update(|value| *value += 1).await.unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(entry(&nodes[1]).peek().await.unwrap(), Some(100));
    }
}

async fn what_is_not_there_or_not_readable_is_not_changed(fleet: Fleet) {
    let node = fleet.node().await;
    let entry = entry(&node);
    assert_eq!(entry.update(|value| *value += 1).await.unwrap(), None);
    assert!(!entry.touch().await.unwrap());
    assert_eq!(entry.peek().await.unwrap(), None);
    fleet
        .stranger()
        .await
        .set(&entry.key().unwrap(), b"strange")
        .await;
    assert_eq!(entry.update(|value| *value += 1).await.unwrap(), None);
}

async fn an_entry_moves_to_the_list_of_its_new_value(fleet: Fleet) {
    let node = fleet.node().await;
    let cache = listed(&node);
    let entry = cache.entry(|key| key.arg(&7));
    entry.put(&31).await.unwrap();
    assert_eq!(entry.update(|value| *value = 42).await.unwrap(), Some(42));
    assert!(cache.by_index("tens", &3).await.unwrap().is_empty());
    assert_eq!(cache.by_index("tens", &4).await.unwrap(), [42]);
    assert_eq!(cache.invalidate_index("tens", &4).await.unwrap(), 1);
    assert_eq!(entry.peek().await.unwrap(), None);
}

async fn an_entry_keeps_its_tags_and_the_lists_of_its_callers(fleet: Fleet) {
    let node = fleet.node().await;
    let cache = listed(&node);
    let plain = cache.entry(|key| key.arg(&7));
    let full = cache
        .entry(|key| key.arg(&7))
        .index("session", "s-1")
        .tag("user:7");
    full.put(&31).await.unwrap();
    // By somebody who knows neither.
    assert_eq!(plain.update(|value| *value += 1).await.unwrap(), Some(32));
    assert_eq!(cache.by_index("session", "s-1").await.unwrap(), [32]);
    assert_eq!(full.peek().await.unwrap(), Some(32));
    node.invalidate_tag("user:7").await.unwrap();
    assert_eq!(plain.peek().await.unwrap(), None, "it still has the tag");
    assert_eq!(plain.update(|value| *value += 1).await.unwrap(), None);
}

/// As an invalidation and a `put` do: neither build serves what the other has changed.
async fn a_change_reaches_the_builds_of_the_version_before_and_after(fleet: Fleet) {
    let node = fleet.node().await;
    for make in [
        |cache| cache,
        |cache: Cache<u64>| cache.index("tens", |value: &u64, tens| tens.value(&(value / 10))),
    ] {
        let cache = |version| make(node.cache(SPEC.version(version)));
        let entry = |version| cache(version).entry(|key| key.arg(&7));
        for version in 1..=4 {
            assert_eq!(entry(version).get_or_load(async { 31 }).await, 31);
        }
        let changed = entry(2).update(|value| *value += 1).await.unwrap();
        assert_eq!(changed, Some(32));
        for (version, expected) in [(1, None), (2, Some(32)), (3, None), (4, Some(31))] {
            let found = entry(version).peek().await.unwrap();
            assert_eq!(found, expected, "version {version}");
        }
        // Nor does it when there was nothing to change here.
        entry(2).invalidate().await.unwrap();
        assert_eq!(entry(1).get_or_load(async { 31 }).await, 31);
        assert_eq!(entry(2).update(|value| *value += 1).await.unwrap(), None);
        assert_eq!(entry(1).peek().await.unwrap(), None);
        // To live longer is no change.
        entry(2).put(&31).await.unwrap();
        assert_eq!(entry(1).get_or_load(async { 31 }).await, 31);
        assert!(entry(2).touch().await.unwrap());
        assert_eq!(entry(1).peek().await.unwrap(), Some(31));
        node.clear("updated").await.unwrap();
    }
}

/// Nothing is there that could be changed, and what is loaded may be older than the change at the
/// source.
async fn a_refresh_of_what_a_tag_has_ended_is_waited_for(fleet: Fleet) {
    const STALE: CacheSpec = SPEC.stale(Duration::from_mins(1));
    let (here, there) = (fleet.node().await, fleet.node().await);
    for spec in [SPEC, STALE] {
        let entry = |node: &Larder| node.cache(spec).entry(|key| key.arg(&7)).tag("user:7");
        entry(&here).put(&1).await.unwrap();
        here.invalidate_tag("user:7").await.unwrap();
        let source = Source::held(2);
        let (refreshed, of) = (entry(&here), Arc::clone(&source));
        let refresh = start(&here, async move { refreshed.refresh(of.load()).await });
        source.load_begins().await;
        let changed = entry(&there);
        let change = start(
            &there,
            async move { changed.update(|value| *value = 3).await },
        );
        // It has looked by then.
        fleet.stranger().await.get("anything").await;
        source.release();
        assert_eq!(refresh.await.unwrap(), 2);
        assert_eq!(change.await.unwrap().unwrap(), Some(3));
        assert_eq!(entry(&here).peek().await.unwrap(), Some(3));
    }
}

async fn whoever_updates_is_never_answered_with_its_own_old_value(fleet: Fleet) {
    let node = fleet.node().await;
    let cache: Cache<u64> = node.cache(SPEC).local(Local::WhileFresh);
    let entry = cache.entry(|key| key.arg(&7));
    for round in 0..10 {
        for _ in 0..3 {
            assert_eq!(entry.get_or_load(async { 0 }).await, round);
        }
        entry.update(|value| *value += 1).await.unwrap();
    }
    assert!(node.stats("updated").local_hits > 0);
}

async fn a_touched_value_lives_as_if_it_were_put_now(fleet: Fleet) {
    let node = fleet.node().await;
    for cache in [|node: &Larder| node.cache(SPEC), listed] {
        let short = CacheSpec::new("updated", Ttl::after(Duration::from_secs(30)));
        let before = node.cache(short).entry(|key| key.arg(&7));
        before.put(&31).await.unwrap();
        let entry = cache(&node).entry(|key| key.arg(&7));
        assert!(entry.touch().await.unwrap());
        assert!(left(&entry).await > Duration::from_mins(9));
        assert_eq!(entry.peek().await.unwrap(), Some(31));
        entry.invalidate().await.unwrap();
    }
}

async fn a_touch_that_leaves_no_time_is_the_error_of_a_put(fleet: Fleet) {
    let node = fleet.node().await;
    for stale in [Duration::ZERO, Duration::from_hours(1)] {
        let spec = CacheSpec::new("updated.tokens", Ttl::after(Duration::from_mins(10)));
        let spec = if stale.is_zero() {
            spec
        } else {
            spec.stale(stale)
        };
        let left = Arc::new(AtomicU64::new(60));
        let of = Arc::clone(&left);
        let seconds = move || Ttl::after(Duration::from_secs(of.load(Ordering::SeqCst)));
        let cache = node.cache::<u64>(spec).ttl_from(move |_| seconds());
        let entry = cache.entry(|key| key.arg(&7));
        entry.put(&1).await.unwrap();
        left.store(0, Ordering::SeqCst);
        let put = entry.put(&1).await.unwrap_err();
        let touched = entry.touch().await.unwrap_err();
        assert_eq!(touched.kind(), ErrorKind::Configuration);
        assert_eq!(
            (touched.kind(), touched.message()),
            (put.kind(), put.message())
        );
        let ends = entry.ttl().await.unwrap().and_then(Ttl::duration).unwrap();
        assert!(
            ends <= Duration::from_mins(1) + stale,
            "{ends:?}: nothing has changed"
        );
        assert_eq!(entry.peek().await.unwrap(), Some(1));
    }
}

async fn a_load_that_is_under_way_is_waited_for(fleet: Fleet) {
    let nodes = [fleet.node().await, fleet.node().await];
    for cache in [|node: &Larder| node.cache(SPEC), listed] {
        for updating in &nodes {
            let source = Source::held(1);
            let (entry, from) = (
                cache(&nodes[0]).entry(|key| key.arg(&7)),
                Arc::clone(&source),
            );
            let loading = entry.clone();
            let load = async move { loading.get_or_load(async { from.load().await }).await };
            let load = start(&nodes[0], load);
            source.load_begins().await;
            let updated = cache(updating).entry(|key| key.arg(&7));
            let update = async move { updated.update(|value| *value += 1).await.unwrap() };
            let update = start(updating, update);
            tokio::task::yield_now().await;
            source.release();
            assert_eq!(load.await.unwrap(), 1);
            assert_eq!(update.await.unwrap(), Some(2));
            assert_eq!(entry.peek().await.unwrap(), Some(2));
            entry.invalidate().await.unwrap();
        }
    }
}

/// Remembered for ten seconds if it is absent.
fn optional(node: &Larder) -> Cache<Option<u64>> {
    let spec = CacheSpec::new("updated.optional", Ttl::after(Duration::from_mins(10)));
    let spec = spec.none_ttl(Ttl::after(Duration::from_secs(10)));
    node.cache(spec.stale(Duration::from_hours(1))).optional()
}

fn listed_if_present(node: &Larder) -> Cache<Option<u64>> {
    optional(node).index("tens", |value: &Option<u64>, tens| {
        if let Some(value) = value {
            tens.value(&(value / 10));
        }
    })
}

async fn a_change_to_nothing_lives_as_nothing_does(fleet: Fleet) {
    let node = fleet.node().await;
    for cache in [optional, listed_if_present] {
        let entry = cache(&node).entry(|key| key.arg(&7));
        let left = async || entry.ttl().await.unwrap().and_then(Ttl::duration).unwrap();
        entry.put(&Some(42)).await.unwrap();
        let updated = entry.update(|value| *value = None).await.unwrap();
        assert_eq!(updated, Some(None));
        assert!(
            left().await <= Duration::from_secs(10),
            "{:?}",
            left().await
        );
        assert_eq!(entry.peek().await.unwrap(), Some(None), "it is remembered");
        // What stays absent lives as long as it would have lived.
        entry.update(|value| *value = None).await.unwrap();
        assert!(left().await <= Duration::from_secs(10));
        assert!(entry.touch().await.unwrap());
        assert!(left().await <= Duration::from_secs(10));
        entry.invalidate().await.unwrap();
    }
    let gone = listed_if_present(&node).by_index("tens", &4).await.unwrap();
    assert!(gone.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_invalidated_between_the_reading_and_the_writing_stays_so() {
    for cache in [|node: &Larder| node.cache(SPEC), listed] {
        let server = MemoryServer::new();
        let link = server.connect();
        let control = link.control();
        let here = Larder::builder().on_memory_link(link);
        let there = Larder::builder().on_memory(&server);
        cache(&here)
            .entry(|key| key.arg(&7))
            .put(&31)
            .await
            .unwrap();
        // Once, so that the server knows the scripts.
        cache(&here)
            .entry(|key| key.arg(&7))
            .update(|_| ())
            .await
            .unwrap();
        control.delay_requests(Duration::from_millis(10));
        let entry = cache(&here).entry(|key| key.arg(&7));
        let invalidating = Arc::new(std::sync::Mutex::new(None));
        let handle = Arc::clone(&invalidating);
        let updated = entry.update(move |value| {
            let there = there.clone();
            let mut once = handle.lock().unwrap();
            // It has read: the invalidation arrives before what it writes.
            once.get_or_insert_with(|| {
                tokio::spawn(async move {
                    let entry = listed(&there).entry(|key| key.arg(&7));
                    entry.invalidate().await.unwrap();
                })
            });
            *value += 1;
        });
        assert_eq!(updated.await.unwrap(), None);
        assert_eq!(entry.peek().await.unwrap(), None);
    }
}

#[tokio::test(start_paused = true)]
async fn with_the_server_away_it_is_an_error_in_time() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    entry(&node).put(&1).await.unwrap();
    control.black_hole();
    let began = tokio::time::Instant::now();
    let error = entry(&node).update(|value| *value += 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(
        began.elapsed() <= Duration::from_millis(1_005),
        "{:?}",
        began.elapsed()
    );
}

/// A node whose entry is being loaded for so long, from what was read before.
async fn loading_for(node: &Larder, time: Duration) -> tokio::task::JoinHandle<u64> {
    let (entry, source) = (entry(node), Source::open(1));
    let from = Arc::clone(&source);
    let load = start(node, async move {
        let load = async {
            let read = from.load().await;
            tokio::time::sleep(time).await;
            read
        };
        entry.get_or_load(load).await
    });
    source.load_begins().await;
    load
}

/// The command timeout is a second: it is not what a load may take.
#[tokio::test(start_paused = true)]
async fn a_load_that_takes_long_is_waited_for_without_polling() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let load = loading_for(&node, Duration::from_secs(8)).await;
    let there = Larder::builder().on_memory(&server);
    let other = start(&there, {
        let entry = entry(&there);
        async move { entry.touch().await.unwrap() }
    });
    let before = control.round_trips();
    assert_eq!(
        entry(&node).update(|value| *value = 2).await.unwrap(),
        Some(2)
    );
    // The load's own, and of the wait its beginning and end: the load extends its lease, which is
    // no change of the key.
    let sent = control.round_trips().since(&before);
    assert!(sent.of("GET") <= 8, "{}", sent.of("GET"));
    assert_eq!(load.await.unwrap(), 1);
    assert!(other.await.unwrap());
    assert_eq!(entry(&node).peek().await.unwrap(), Some(2));
}

#[tokio::test(start_paused = true)]
async fn a_load_that_takes_longer_than_the_wait_is_an_error() {
    let node = Larder::memory();
    let load = loading_for(&node, Duration::from_secs(30)).await;
    let began = tokio::time::Instant::now();
    let error = entry(&node).update(|value| *value = 2).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::LoadTimeout, "update")
    );
    let waited = began.elapsed();
    assert!(
        waited >= Duration::from_secs(10),
        "as long as `wait` says: {waited:?}"
    );
    assert!(
        waited <= Duration::from_millis(10_100),
        "and no longer: {waited:?}"
    );
    let error = entry(&node).touch().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::LoadTimeout, "touch")
    );
    assert_eq!(load.await.unwrap(), 1, "and has lost nothing");
}

#[tokio::test(start_paused = true)]
async fn a_change_to_nothing_is_not_served_stale() {
    let node = Larder::memory();
    for cache in [optional, listed_if_present] {
        let entry = cache(&node).entry(|key| key.arg(&7));
        entry.put(&Some(42)).await.unwrap();
        entry.update(|value| *value = None).await.unwrap();
        tokio::time::sleep(Duration::from_secs(9)).await;
        assert_eq!(entry.get_or_load(async { Some(3) }).await, None);
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(entry.get_or_load(async { Some(3) }).await, Some(3));
        entry.invalidate().await.unwrap();
    }
}

/// Nothing that is absent ends for not being read.
#[tokio::test(start_paused = true)]
async fn a_change_to_nothing_has_no_idle_time() {
    let spec = CacheSpec::new("updated.idle", Ttl::after(Duration::from_hours(1)));
    let spec = spec.none_ttl(Ttl::after(Duration::from_mins(10)));
    let cache = Larder::memory().cache::<Option<u64>>(spec.idle(Duration::from_secs(10)));
    let entry = cache.optional().entry(|key| key.arg(&7));
    entry.put(&Some(42)).await.unwrap();
    entry.update(|value| *value = None).await.unwrap();
    tokio::time::sleep(Duration::from_mins(9)).await;
    assert_eq!(entry.peek().await.unwrap(), Some(None));
    assert!(entry.touch().await.unwrap());
    tokio::time::sleep(Duration::from_mins(9)).await;
    assert_eq!(entry.peek().await.unwrap(), Some(None));
}

/// In the last tenth of ten seconds, by a rule or by the declaration, however often it is touched.
#[tokio::test(start_paused = true)]
async fn what_was_touched_is_refreshed_in_the_last_share_of_its_ttl() {
    const SECONDS: fn(u64) -> Duration = Duration::from_secs;
    let early = |spec: CacheSpec| spec.early(Early::Last(0.1));
    let node = Larder::memory();
    let ten = CacheSpec::new("updated.early", Ttl::after(SECONDS(10)));
    let hour = CacheSpec::new("updated.early.rule", Ttl::after(SECONDS(3600)));
    let rule = |_: &u64| Ttl::after(Duration::from_secs(10));
    let aged = CacheSpec::new("updated.early.aged", Ttl::after(SECONDS(10)));
    for cache in [
        node.cache::<u64>(early(ten)),
        node.cache(early(hour)).ttl_from(rule),
        node.cache(early(aged).refresh_every(SECONDS(3600))),
    ] {
        let entry = cache.entry(|key| key.arg(&7));
        entry.put(&1).await.unwrap();
        for _ in 0..20 {
            tokio::time::sleep(SECONDS(8)).await;
            assert_eq!(entry.get_or_load(async { 2 }).await, 1);
            entry.touch().await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(8_900)).await;
        assert_eq!(entry.get_or_load(async { 2 }).await, 1);
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(entry.get_or_load(async { 2 }).await, 2);
    }
}

/// What a touched value holds is as old as it was.
#[tokio::test(start_paused = true)]
async fn what_was_touched_is_refreshed_by_its_age() {
    let spec = CacheSpec::new("updated.every", Ttl::after(Duration::from_mins(1)));
    let cache = Larder::memory().cache::<u64>(spec.refresh_every(Duration::from_secs(100)));
    let entry = cache.entry(|key| key.arg(&7));
    entry.put(&1).await.unwrap();
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_secs(33)).await;
        assert_eq!(entry.get_or_load(async { 2 }).await, 1);
        entry.touch().await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(entry.get_or_load(async { 2 }).await, 2);
}
