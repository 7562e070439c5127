//! The local tier: a hit costs no round trip, and a copy ends when its entry changes, whoever has
//! changed it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use larder::{CacheSpec, ErrorRules, Larder, Local, MemoryServer, Ttl, cached};
use serde::{Deserialize, Serialize};

use crate::fleet::{Fleet, PATIENCE, start};
use crate::source::Source;

#[cached(namespace = "local", ttl = "1m", local = true, skip(source))]
async fn read(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

/// The same data in the next build.
#[cached(namespace = "local", ttl = "1m", version = 2, local = true)]
async fn read_by_the_next_build(id: u64) -> u64 {
    id
}

on_each_backend!(
    the_third_call_asks_nobody,
    an_invalidation_on_another_node_ends_the_copy,
    an_invalidation_by_the_next_build_ends_the_copy,
    a_put_on_another_node_ends_the_copy,
    a_clear_on_another_node_ends_the_copy,
    a_refresh_on_another_node_ends_the_copy,
    a_strangers_del_ends_the_copy,
    a_strangers_flush_ends_every_copy,
    whoever_invalidates_is_never_answered_with_its_own_old_value,
    whoever_puts_is_never_answered_with_its_own_old_value,
    whoever_refreshes_is_never_answered_with_its_own_old_value,
    a_refresh_to_what_is_not_stored_ends_every_copy,
    whoever_clears_is_never_answered_with_its_own_old_value,
    each_tenant_has_copies_of_its_own,
    two_types_under_one_key_have_copies_of_their_own,
    an_error_is_kept_without_clone,
    a_value_without_clone_is_kept_as_it_is_encoded,
    a_call_may_ask_for_a_younger_copy,
    a_token_asks_for_what_was_stored_after_its_invalidation,
    a_closed_larder_has_no_copies,
);

/// Calls until the answer comes from a copy. Answers it.
async fn warm(node: &Larder, id: u64, source: &Arc<Source>) -> u64 {
    for _ in 0..10 {
        let before = node.stats("local").local_hits;
        let answer = node.scope(read(id, Arc::clone(source))).await;
        if node.stats("local").local_hits > before {
            return answer;
        }
        // The pushes of this node's own load may still be on their way.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("no copy is kept: {:?}", node.stats("local"));
}

/// Calls until the answer is this one: pushes take a moment.
async fn becomes(node: &Larder, id: u64, source: &Arc<Source>, wanted: u64) {
    let patience = tokio::time::Instant::now() + PATIENCE;
    loop {
        let answer = node.scope(read(id, Arc::clone(source))).await;
        if answer == wanted {
            return;
        }
        assert!(tokio::time::Instant::now() < patience, "it stays {answer}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn the_third_call_asks_nobody(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::open(1);
    for _ in 0..3 {
        assert_eq!(node.scope(read(7, Arc::clone(&source))).await, 1);
    }
    // The first loads, the second reads with tracking, and so on: whatever comes after the load's
    // own push is kept.
    assert_eq!(warm(&node, 7, &source).await, 1);
    let before = node.stats("local");
    for _ in 0..100 {
        assert_eq!(node.scope(read(7, Arc::clone(&source))).await, 1);
    }
    let after = node.stats("local");
    assert_eq!(after.local_hits, before.local_hits + 100);
    assert_eq!((after.hits, after.loads), (before.hits, 1));
    assert!(node.health().await.degraded.is_empty());
}

/// Has both nodes keep a copy of 1, changes it to 2 on one of them, and sees that the other
/// follows.
async fn a_copy_ends(fleet: Fleet, change: impl AsyncFnOnce(&Fleet, &Larder, &Arc<Source>)) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let source = Source::open(1);
    assert_eq!(warm(&here, 7, &source).await, 1);
    assert_eq!(warm(&there, 7, &source).await, 1);
    source.change(2);
    change(&fleet, &there, &source).await;
    becomes(&here, 7, &source, 2).await;
    becomes(&there, 7, &source, 2).await;
    assert_eq!(warm(&here, 7, &source).await, 2);
}

async fn an_invalidation_on_another_node_ends_the_copy(fleet: Fleet) {
    a_copy_ends(fleet, async |_, there, _| {
        there.scope(read::invalidate(7)).await.unwrap();
    })
    .await;
}

async fn an_invalidation_by_the_next_build_ends_the_copy(fleet: Fleet) {
    a_copy_ends(fleet, async |_, there, _| {
        let token = there.scope(read_by_the_next_build::invalidate(7)).await;
        token.unwrap();
    })
    .await;
}

async fn a_put_on_another_node_ends_the_copy(fleet: Fleet) {
    a_copy_ends(fleet, async |_, there, _| {
        there.scope(read::put(7, &2)).await.unwrap();
    })
    .await;
}

async fn a_clear_on_another_node_ends_the_copy(fleet: Fleet) {
    a_copy_ends(fleet, async |_, there, _| {
        assert_eq!(there.scope(read::clear()).await.unwrap(), 1);
    })
    .await;
}

async fn a_refresh_on_another_node_ends_the_copy(fleet: Fleet) {
    a_copy_ends(fleet, async |_, there, source| {
        let loaded = there.scope(read::refresh(7, Arc::clone(source))).await;
        assert_eq!(loaded, 2);
    })
    .await;
}

async fn a_strangers_del_ends_the_copy(fleet: Fleet) {
    a_copy_ends(fleet, async |fleet, there, _| {
        let key = there.scope(async { read::key(7) }).await.unwrap();
        fleet.stranger().await.delete(&key).await;
    })
    .await;
}

async fn a_strangers_flush_ends_every_copy(fleet: Fleet) {
    a_copy_ends(fleet, async |fleet, _, _| fleet.flush().await).await;
}

/// Changes the value in some way, a hundred times, and reads it at once, while others of the
/// process read too.
async fn own_changes(fleet: Fleet, change: impl AsyncFn(&Larder, &Arc<Source>, u64)) {
    let node = fleet.node().await;
    let source = Source::open(0);
    for value in 1..=100 {
        warm(&node, 7, &source).await;
        source.change(value);
        let others = start(&node, read(7, Arc::clone(&source)));
        change(&node, &source, value).await;
        let answer = node.scope(read(7, Arc::clone(&source))).await;
        assert_eq!(answer, value, "it was changed before the call");
        others.await.unwrap();
        let answer = node.scope(read(7, Arc::clone(&source))).await;
        assert_eq!(answer, value, "whatever the others have read meanwhile");
    }
}

async fn whoever_invalidates_is_never_answered_with_its_own_old_value(fleet: Fleet) {
    own_changes(fleet, async |node, _, _| {
        node.scope(read::invalidate(7)).await.unwrap();
    })
    .await;
}

async fn whoever_puts_is_never_answered_with_its_own_old_value(fleet: Fleet) {
    own_changes(fleet, async |node, _, value| {
        node.scope(read::put(7, &value)).await.unwrap();
    })
    .await;
}

async fn whoever_refreshes_is_never_answered_with_its_own_old_value(fleet: Fleet) {
    own_changes(fleet, async |node, source, value| {
        let loaded = node.scope(read::refresh(7, Arc::clone(source))).await;
        assert_eq!(loaded, value);
    })
    .await;
}

async fn a_refresh_to_what_is_not_stored_ends_every_copy(fleet: Fleet) {
    const SPEC: CacheSpec =
        CacheSpec::new("local", Ttl::after(Duration::from_mins(1))).local(Local::WhileFresh);
    let (here, there) = (fleet.node().await, fleet.node().await);
    for spec in [SPEC, SPEC.stale(Duration::from_mins(1))] {
        let choosy = |node: &Larder| {
            let cache = node.cache::<u64>(spec).store_if(|value| *value < 10);
            cache.entry(|key| key.arg(&7_u64))
        };
        let (entry, other) = (choosy(&here), choosy(&there));
        for (node, entry) in [(&here, &entry), (&there, &other)] {
            let before = node.stats("local").local_hits;
            while node.stats("local").local_hits == before {
                assert_eq!(entry.get_or_load(async { 1 }).await, 1);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        assert_eq!(entry.refresh(async { 50 }).await, 50);
        assert_eq!(entry.get_or_load(async { 51 }).await, 51, "at once, here");
        while other.get_or_load(async { 52 }).await != 52 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

async fn whoever_clears_is_never_answered_with_its_own_old_value(fleet: Fleet) {
    own_changes(fleet, async |node, _, _| {
        node.scope(read::clear()).await.unwrap();
    })
    .await;
}

async fn each_tenant_has_copies_of_its_own(fleet: Fleet) {
    let node = fleet.node().await;
    let (acme, globex) = (node.tenant("acme"), node.tenant("globex"));
    let sources = [Source::open(1), Source::open(2), Source::open(3)];
    for (node, source) in [&node, &acme, &globex].into_iter().zip(&sources) {
        warm(node, 7, source).await;
    }
    for (node, value) in [(&node, 1), (&acme, 2), (&globex, 3)] {
        let unasked = Source::open(0);
        assert_eq!(node.scope(read(7, unasked)).await, value);
    }
    acme.scope(read::invalidate(7)).await.unwrap();
    sources[1].change(20);
    for (node, source, value) in [
        (&node, &sources[0], 1),
        (&acme, &sources[1], 20),
        (&globex, &sources[2], 3),
    ] {
        assert_eq!(node.scope(read(7, Arc::clone(source))).await, value);
    }
}

const SHARED: CacheSpec = CacheSpec::new("local", Ttl::after(Duration::from_mins(1)));

async fn two_types_under_one_key_have_copies_of_their_own(fleet: Fleet) {
    let node = fleet.node().await;
    let numbers = node.cache::<u64>(SHARED).local(Local::WhileFresh);
    let texts = node.cache::<String>(SHARED).local(Local::WhileFresh);
    let number = numbers.entry(|key| key.arg(&7_u64));
    let text = texts.entry(|key| key.arg(&7_u64));
    for _ in 0..5 {
        number.put(&1).await.unwrap();
        for _ in 0..3 {
            assert_eq!(number.get_or_load(async { 0 }).await, 1);
        }
        // A number is no text: a miss, and what is loaded takes its place.
        for _ in 0..3 {
            let loaded = text.get_or_load(async { "two".to_owned() }).await;
            assert_eq!(loaded, "two");
        }
        assert_eq!(number.get_or_load(async { 3 }).await, 3);
    }
}

/// An error that says nothing of itself, and cannot be cloned.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Missing(String);

async fn an_error_is_kept_without_clone(fleet: Fleet) {
    let node = fleet.node().await;
    let spec = SHARED
        .err_ttl(Ttl::after(Duration::from_mins(1)))
        .local(Local::WhileFresh);
    let entry = node.cache::<u64>(spec).entry(|key| key.arg("none"));
    let asked = Arc::new(AtomicUsize::new(0));
    let rules = ErrorRules::new().cache_err({
        let asked = Arc::clone(&asked);
        move |_: &Missing| asked.fetch_add(1, Ordering::Relaxed) == 0
    });
    let mut source = 0;
    while node.stats("local").local_negative_hits < 3 {
        source += 1;
        assert!(source < 20, "no error is kept: {:?}", node.stats("local"));
        let load = async { Err(Missing(format!("the load {source} found nothing"))) };
        let answer = entry.try_get_or_load_with(&rules, load).await;
        let expected = Missing("the load 1 found nothing".to_owned());
        assert_eq!(answer, Err(expected));
    }
    let asked = asked.load(Ordering::Relaxed);
    assert_eq!(
        asked, 1,
        "whether an error is stored is asked when it is loaded"
    );
    entry.put(&1).await.unwrap();
    let answer = entry.try_get_or_load_with(&rules, async { Ok(2) }).await;
    assert_eq!(answer, Ok(1));
}

/// A value that cannot be cloned.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Unique(u64);

async fn a_value_without_clone_is_kept_as_it_is_encoded(fleet: Fleet) {
    let node = fleet.node().await;
    let spec = SHARED.local(Local::WhileFresh);
    let entry = node.cache::<Unique>(spec).entry(|key| key.arg("unique"));
    let mut calls = 0;
    while node.stats("local").local_hits < 3 {
        calls += 1;
        assert!(calls < 20, "nothing is kept: {:?}", node.stats("local"));
        assert_eq!(entry.get_or_load(async { Unique(calls) }).await, Unique(1));
    }
}

async fn a_call_may_ask_for_a_younger_copy(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::open(1);
    warm(&node, 7, &source).await;
    let before = node.stats("local");
    let exact = larder::max_age(Duration::ZERO).scope(read(7, Arc::clone(&source)));
    assert_eq!(node.scope(exact).await, 1);
    let after = node.stats("local");
    assert_eq!(after.local_bypassed, before.local_bypassed + 1);
    assert_eq!(after.hits, before.hits + 1);

    // The same by a Larder, for plain calls; what was just read serves.
    let hours = Duration::from_hours(1);
    for (limit, hits) in [(Duration::ZERO, 0), (hours, 1)] {
        let numbers = node.max_age(limit).cache::<u64>(SHARED);
        let entry = numbers
            .local(Local::WhileFresh)
            .entry(|key| key.arg(&7_u64));
        let before = node.stats("local").local_hits;
        assert_eq!(entry.get_or_load(async { 0 }).await, 1);
        assert_eq!(node.stats("local").local_hits, before + hits);
    }
}

async fn a_token_asks_for_what_was_stored_after_its_invalidation(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let source = Source::open(0);
    for value in 1..=20 {
        warm(&here, 7, &source).await;
        source.change(value);
        let token = there.scope(read::invalidate(7)).await.unwrap();
        // As a header of a response and of the next request would carry it.
        let token = token.to_string().parse().unwrap();
        let call = larder::at_least(token).scope(read(7, Arc::clone(&source)));
        assert_eq!(here.scope(call).await, value);
    }
    // A copy that is younger than the token serves.
    let token = there.scope(read::invalidate(8)).await.unwrap();
    warm(&here, 8, &source).await;
    let before = here.stats("local").local_hits;
    let call = larder::at_least(token).scope(read(8, Arc::clone(&source)));
    here.scope(call).await;
    assert_eq!(here.stats("local").local_hits, before + 1);
}

async fn a_closed_larder_has_no_copies(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::open(1);
    warm(&node, 7, &source).await;
    node.close().await;
    source.change(2);
    assert_eq!(node.scope(read(7, source)).await, 2, "the body ran");
}

#[tokio::test(start_paused = true)]
async fn a_copy_ends_with_its_entry_and_with_its_own_time() {
    #[cached(namespace = "ends", ttl = "5s", local = true)]
    async fn with_its_entry(source: u64) -> u64 {
        source
    }
    #[cached(
        namespace = "ends",
        ttl = "1m",
        local = "2s",
        key = "{id}",
        skip(source)
    )]
    async fn by_itself(id: u64, source: Arc<Source>) -> u64 {
        let _ = id;
        source.load().await
    }

    let node = Larder::builder().on_memory(&MemoryServer::new());
    let hits = || node.stats("ends").local_hits;
    node.scope(with_its_entry(1)).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    node.scope(with_its_entry(1)).await;
    tokio::time::sleep(Duration::from_millis(3499)).await;
    node.scope(with_its_entry(1)).await;
    assert_eq!((hits(), node.stats("ends").loads), (1, 1));
    tokio::time::sleep(Duration::from_millis(1)).await;
    node.scope(with_its_entry(1)).await;
    assert_eq!((hits(), node.stats("ends").loads), (1, 2));

    let source = Source::open(1);
    let call = async || node.scope(by_itself(7, Arc::clone(&source))).await;
    call().await;
    call().await;
    tokio::time::sleep(Duration::from_millis(1999)).await;
    call().await;
    assert_eq!(hits(), 2);
    tokio::time::sleep(Duration::from_millis(1)).await;
    call().await;
    assert_eq!(hits(), 2);
    assert_eq!(source.loads(), 1, "the entry is there all the same");
}

#[tokio::test(start_paused = true)]
async fn the_larder_speaks_for_functions_that_do_not_say_so_themselves() {
    #[cached(namespace = "silent", ttl = "1m")]
    async fn silent(id: u64) -> u64 {
        id
    }
    #[cached(namespace = "never", ttl = "1m", local = false)]
    async fn never(id: u64) -> u64 {
        id
    }
    #[cached(namespace = "unique", ttl = "1m")]
    async fn unique(id: u64) -> Unique {
        Unique(id)
    }

    let server = MemoryServer::new();
    let without = Larder::builder().on_memory(&server);
    let node = Larder::builder()
        .local(Local::WhileFresh)
        .on_memory(&server);
    for node in [&without, &node] {
        for _ in 0..5 {
            node.scope(silent(1)).await;
            node.scope(never(1)).await;
            node.scope(unique(1)).await;
        }
    }
    assert_eq!(without.stats("silent").local_hits, 0);
    assert!(node.stats("silent").local_hits >= 3);
    assert_eq!(node.stats("never").local_kept, 0);
    assert_eq!(node.stats("unique").local_kept, 0, "it cannot be cloned");
}

#[tokio::test(start_paused = true)]
async fn a_tier_of_few_bytes_keeps_few_copies() {
    let server = MemoryServer::new();
    let node = Larder::builder().local_bytes(16 << 10).on_memory(&server);
    let source = Source::open(1);
    let round = async || {
        for id in 0..1000 {
            node.scope(read(id, Arc::clone(&source))).await;
        }
    };
    round().await;
    round().await;
    // Nearly all: a call that does not know of a value asks for it in another way.
    assert!(node.stats("local").local_kept > 950);
    let before = node.stats("local").local_hits;
    round().await;
    let hits = node.stats("local").local_hits - before;
    // Each weighs some 160 bytes.
    assert!((20..110).contains(&hits), "{hits}");

    let without = Larder::builder().local_bytes(0).on_memory(&server);
    for _ in 0..5 {
        without.scope(read(1, Arc::clone(&source))).await;
    }
    assert_eq!(without.stats("local").local_kept, 0);
    assert_eq!(without.stats("local").hits, 5);
}
