//! Secondary indexes: exact on read, exact on invalidation, and nothing left behind.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use larder::{Cache, CacheSpec, Entry, ErrorKind, Larder, MemoryServer, Ttl};
use larder_runtime::backend::Command;

use crate::fleet::{Fleet, Stranger, start};
use crate::source::Source;

const NOBODY: [u64; 0] = [];

const SPEC: CacheSpec = CacheSpec::new("members", Ttl::after(Duration::from_mins(1)));

on_each_backend!(
    an_entry_is_found_by_each_of_its_values,
    an_entry_that_changes_its_value_leaves_nothing_behind,
    an_invalidation_by_key_leaves_nothing_behind,
    a_voided_load_leaves_nothing_behind,
    an_invalidation_by_index_leaves_nothing_but_its_mark,
    an_invalidation_by_index_voids_the_load_that_would_be_listed,
    an_invalidation_by_index_spares_the_load_that_becomes_something_else,
    a_later_caller_does_not_join_a_load_that_an_index_may_have_voided,
    a_load_that_is_listed_already_is_found_by_the_invalidation,
    a_refresh_meets_an_invalidation_by_index,
    a_refresh_changes_the_value,
    a_refresh_to_what_is_not_stored_leaves_nothing_behind,
    a_short_life_does_not_shorten_its_neighbours_index,
    members_that_have_ended_make_room,
    a_strangers_del_of_an_entry_is_seen_by_the_index,
    a_strangers_del_of_the_index_loses_the_list_and_nothing_else,
    two_thousand_members_are_read_and_cleared_in_pages,
    builds_side_by_side_are_invalidated_together,
    tenants_do_not_meet,
    strange_members_are_skipped,
    a_clear_takes_the_indexes_along,
    an_unknown_index_is_an_error,
);

/// Values are listed by their hundreds, as members of a team are.
fn members(node: &Larder) -> Cache<u64> {
    members_of(node, SPEC)
}

fn members_of(node: &Larder, spec: CacheSpec) -> Cache<u64> {
    node.cache(spec)
        .index("team", |value: &u64, team| {
            if *value > 0 {
                team.value(&(value / 100));
            }
        })
        .index_by_caller("session")
}

fn entry(node: &Larder, id: u64) -> Entry<u64> {
    members(node).entry(|key| key.arg(&id))
}

async fn team(node: &Larder, team: u64) -> Vec<u64> {
    let mut found = members(node).by_index("team", &team).await.unwrap();
    found.sort_unstable();
    found
}

/// Every key of the server and when it ends, sorted, without counters, which only end.
async fn keys(stranger: &Stranger) -> Vec<String> {
    let mut keys = Vec::new();
    for (key, left) in stranger.times_to_live().await {
        assert!(left > 0, "{key} has no end");
        if !key.contains(":@:") {
            keys.push(key);
        }
    }
    keys.sort();
    keys
}

async fn an_entry_is_found_by_each_of_its_values(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    entry(&here, 1).put(&301).await.unwrap();
    entry(&here, 2).get_or_load(async { 302 }).await;
    entry(&there, 3).refresh(async { 403 }).await;
    entry(&there, 4)
        .index("session", "s-1")
        .put(&304)
        .await
        .unwrap();
    entry(&there, 5).put(&0).await.unwrap();

    for node in [&here, &there] {
        assert_eq!(team(node, 3).await, [301, 302, 304]);
        assert_eq!(team(node, 4).await, [403]);
        assert_eq!(team(node, 5).await, NOBODY);
        assert_eq!(team(node, 0).await, NOBODY, "a value may be listed nowhere");
    }
    let cache = members(&here);
    assert_eq!(cache.by_index("session", "s-1").await.unwrap(), [304]);
    let mut keys = cache.keys_by_index("team", &3_u8).await.unwrap();
    keys.sort();
    assert_eq!(
        keys,
        ["app::members:1:1", "app::members:1:2", "app::members:1:4"]
    );
}

async fn an_entry_that_changes_its_value_leaves_nothing_behind(fleet: Fleet) {
    let (here, stranger) = (fleet.node().await, fleet.stranger().await);
    entry(&here, 7).put(&301).await.unwrap();
    entry(&here, 7).put(&401).await.unwrap();
    assert_eq!(team(&here, 3).await, NOBODY);
    assert_eq!(team(&here, 4).await, [401]);
    assert_eq!(
        keys(&stranger).await,
        ["app::members:1:7", "app::members:@team:1:4"]
    );

    entry(&here, 7).refresh(async { 501 }).await;
    assert_eq!(
        keys(&stranger).await,
        ["app::members:1:7", "app::members:@team:1:5"]
    );
    entry(&here, 7).refresh(async { 0 }).await;
    assert_eq!(keys(&stranger).await, ["app::members:1:7"]);
}

async fn an_invalidation_by_key_leaves_nothing_behind(fleet: Fleet) {
    let (here, stranger) = (fleet.node().await, fleet.stranger().await);
    entry(&here, 7)
        .index("session", &9)
        .put(&301)
        .await
        .unwrap();
    assert_eq!(keys(&stranger).await.len(), 3);
    entry(&here, 7).invalidate().await.unwrap();
    assert_eq!(keys(&stranger).await, Vec::<String>::new());
    assert_eq!(entry(&here, 7).get_or_load(async { 401 }).await, 401);
}

async fn a_voided_load_leaves_nothing_behind(fleet: Fleet) {
    let (here, stranger) = (fleet.node().await, fleet.stranger().await);
    let source = Source::held(301);
    let loading = {
        let (entry, source) = (entry(&here, 7), Arc::clone(&source));
        start(&here, async move { entry.get_or_load(source.load()).await })
    };
    source.load_begins().await;
    stranger.delete("app::members:1:7").await;
    source.release();
    assert_eq!(loading.await.unwrap(), 301);
    assert_eq!(here.stats("members").voided, 1);
    assert_eq!(keys(&stranger).await, Vec::<String>::new());
}

async fn an_invalidation_by_index_leaves_nothing_but_its_mark(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    for id in 0..3 {
        entry(&here, id)
            .index("session", &id)
            .put(&(300 + id))
            .await
            .unwrap();
    }
    entry(&here, 9).put(&409).await.unwrap();
    assert_eq!(
        members(&there).invalidate_index("team", &3).await.unwrap(),
        3
    );
    for id in 0..3 {
        assert_eq!(entry(&here, id).peek().await.unwrap(), None);
    }
    assert_eq!(entry(&here, 9).peek().await.unwrap(), Some(409));
    let left = keys(&fleet.stranger().await).await;
    assert_eq!(
        left,
        [
            "app::members:1:9",
            "app::members:@team:1:3",
            "app::members:@team:1:4"
        ],
        "nothing of the sessions"
    );
}

/// Starts a load of 301, invalidates team 3 meanwhile, ends the load.
async fn a_load_meets_an_invalidation(
    fleet: &Fleet,
    becomes: u64,
    invalidated: u64,
) -> (Larder, Arc<Source>) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let source = Source::held(becomes);
    let loading = {
        let (entry, source) = (entry(&here, 7), Arc::clone(&source));
        start(&here, async move { entry.get_or_load(source.load()).await })
    };
    source.load_begins().await;
    members(&there)
        .invalidate_index("team", &invalidated)
        .await
        .unwrap();
    source.change(302);
    source.release();
    assert_eq!(loading.await.unwrap(), becomes);
    (here, source)
}

async fn an_invalidation_by_index_voids_the_load_that_would_be_listed(fleet: Fleet) {
    let (here, source) = a_load_meets_an_invalidation(&fleet, 301, 3).await;
    assert_eq!(here.stats("members").voided, 1);
    assert_eq!(
        entry(&here, 7).get_or_load(source.load()).await,
        302,
        "not the old value"
    );
    assert_eq!(team(&here, 3).await, [302]);
}

async fn an_invalidation_by_index_spares_the_load_that_becomes_something_else(fleet: Fleet) {
    let (here, source) = a_load_meets_an_invalidation(&fleet, 401, 3).await;
    assert_eq!(here.stats("members").stored, 1);
    assert_eq!(entry(&here, 7).get_or_load(source.load()).await, 401);
    assert_eq!(source.loads(), 1);
}

async fn a_later_caller_does_not_join_a_load_that_an_index_may_have_voided(fleet: Fleet) {
    let here = fleet.node().await;
    let source = Source::held(301);
    let load = || {
        let (entry, source) = (entry(&here, 7), Arc::clone(&source));
        start(&here, async move { entry.get_or_load(source.load()).await })
    };
    let early = load();
    source.load_begins().await;
    members(&here).invalidate_index("team", &3).await.unwrap();
    source.change(302);
    let late = load();
    // It waits for the early load as for another process's: it may still become something else.
    fleet.stranger().await.get("anything").await;
    tokio::task::yield_now().await;
    source.release();
    assert_eq!(early.await.unwrap(), 301);
    assert_eq!(late.await.unwrap(), 302);
}

async fn a_load_that_is_listed_already_is_found_by_the_invalidation(fleet: Fleet) {
    let (here, stranger) = (fleet.node().await, fleet.stranger().await);
    entry(&here, 7).put(&301).await.unwrap();
    // What is there between the two steps of a load: its lease, and its member.
    let set = "app::members:@team:1:3";
    let listed = stranger
        .run(Command::new("ZRANGE").arg(set).arg("0").arg("-1"))
        .await;
    let member = listed
        .into_array("ZRANGE")
        .unwrap()
        .remove(0)
        .into_bytes("ZRANGE")
        .unwrap()
        .unwrap();
    let held = stranger.get("app::members:1:7").await.unwrap();
    let token = larder_runtime::codec::envelope::Token::new(member[..16].try_into().unwrap());
    let lease = larder_runtime::codec::envelope::write_lease(b"app::members:1:7", token);
    stranger.set("app::members:1:7", &lease).await;
    assert_ne!(held, lease);

    assert_eq!(
        team(&here, 3).await,
        NOBODY,
        "what is only being loaded is no answer"
    );
    assert_eq!(
        members(&here).invalidate_index("team", &3).await.unwrap(),
        1
    );
    assert_eq!(
        stranger.get("app::members:1:7").await,
        None,
        "the lease was revoked"
    );
}

async fn a_refresh_meets_an_invalidation_by_index(fleet: Fleet) {
    for (becomes, stored) in [(301, None), (401, Some(401))] {
        let (here, there) = (fleet.node().await, fleet.node().await);
        entry(&here, 7).put(&501).await.unwrap();
        let source = Source::held(becomes);
        let refreshing = {
            let (entry, source) = (entry(&here, 7), Arc::clone(&source));
            start(&here, async move { entry.refresh(source.load()).await })
        };
        source.load_begins().await;
        assert_eq!(
            entry(&there, 7).peek().await.unwrap(),
            Some(501),
            "others read the old value"
        );
        members(&there).invalidate_index("team", &3).await.unwrap();
        source.release();
        assert_eq!(refreshing.await.unwrap(), becomes);
        assert_eq!(entry(&there, 7).peek().await.unwrap(), stored);
        assert_eq!(team(&there, 3).await, NOBODY);
    }
}

async fn a_refresh_changes_the_value(fleet: Fleet) {
    let here = fleet.node().await;
    entry(&here, 7).put(&301).await.unwrap();
    assert_eq!(entry(&here, 7).refresh(async { 401 }).await, 401);
    assert_eq!(
        (team(&here, 3).await, team(&here, 4).await),
        (vec![], vec![401])
    );
}

async fn a_refresh_to_what_is_not_stored_leaves_nothing_behind(fleet: Fleet) {
    let (node, stranger) = (fleet.node().await, fleet.stranger().await);
    for spec in [SPEC, SPEC.stale(Duration::from_mins(1))] {
        let cache = members_of(&node, spec).store_if(|value| *value < 900);
        let entry = cache.entry(|key| key.arg(&7_u64)).index("session", "s-1");
        entry.put(&301).await.unwrap();
        assert_eq!(keys(&stranger).await.len(), 3);
        assert_eq!(entry.refresh(async { 901 }).await, 901);
        assert!(keys(&stranger).await.is_empty());
    }
}

/// Field notes 6.2: where the index is a set with the TTL of its last member, the first member
/// outlives its index.
async fn a_short_life_does_not_shorten_its_neighbours_index(fleet: Fleet) {
    let (here, stranger) = (fleet.node().await, fleet.stranger().await);
    entry(&here, 1).put(&301).await.unwrap();
    let short = CacheSpec::new("members", Ttl::after(Duration::from_millis(200)));
    let brief = members_of(&here, short).entry(|key| key.arg(&2));
    brief.put(&302).await.unwrap();
    let left = stranger
        .run(Command::new("PTTL").arg("app::members:@team:1:3"))
        .await;
    assert!(left.into_int("PTTL").unwrap() > 50_000);
    wait_for_the_end(&brief).await;
    assert_eq!(team(&here, 3).await, [301]);
    assert_eq!(
        members(&here).invalidate_index("team", &3).await.unwrap(),
        1
    );
    assert_eq!(entry(&here, 1).peek().await.unwrap(), None);
}

async fn wait_for_the_end(entry: &Entry<u64>) {
    while entry.peek().await.unwrap().is_some() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn members_that_have_ended_make_room(fleet: Fleet) {
    let (here, stranger) = (fleet.node().await, fleet.stranger().await);
    let set = "app::members:@team:1:3";
    let mut add = Command::new("ZADD").arg(set);
    for number in 0..40 {
        add = add
            .arg(number + 1_u32)
            .arg(format!("0123456789abcdefapp::members:1:{number}"));
    }
    stranger.run(add).await;
    stranger
        .run(Command::new("PEXPIRE").arg(set).arg(60_000_u64))
        .await;
    for id in 100..103 {
        entry(&here, id).put(&(200 + id)).await.unwrap();
    }
    let count = stranger
        .run(Command::new("ZCARD").arg(set))
        .await
        .into_int("ZCARD")
        .unwrap();
    assert_eq!(count, 3, "each that was added made room for sixteen");
}

async fn a_strangers_del_of_an_entry_is_seen_by_the_index(fleet: Fleet) {
    let (here, stranger) = (fleet.node().await, fleet.stranger().await);
    entry(&here, 1).put(&301).await.unwrap();
    entry(&here, 2).put(&302).await.unwrap();
    stranger.delete("app::members:1:1").await;
    assert_eq!(team(&here, 3).await, [302]);
    let count = Command::new("ZCARD").arg("app::members:@team:1:3");
    let count = stranger.run(count).await.into_int("ZCARD").unwrap();
    assert_eq!(count, 1, "who reads cleans up");
    // The same entry under another value: what is left of the first can do it no harm.
    stranger.delete("app::members:1:2").await;
    entry(&here, 2).get_or_load(async { 402 }).await;
    assert_eq!(
        members(&here).invalidate_index("team", &3).await.unwrap(),
        0
    );
    assert_eq!(entry(&here, 2).peek().await.unwrap(), Some(402));
}

async fn a_strangers_del_of_the_index_loses_the_list_and_nothing_else(fleet: Fleet) {
    let (here, stranger) = (fleet.node().await, fleet.stranger().await);
    entry(&here, 1).put(&301).await.unwrap();
    stranger.delete("app::members:@team:1:3").await;
    stranger.delete("app::members:@:1:").await;
    assert_eq!(team(&here, 3).await, NOBODY);
    assert_eq!(entry(&here, 1).peek().await.unwrap(), Some(301));
    entry(&here, 1).put(&301).await.unwrap();
    assert_eq!(team(&here, 3).await, [301]);
}

async fn two_thousand_members_are_read_and_cleared_in_pages(fleet: Fleet) {
    let here = fleet.node().await;
    let puts = (0..2_000).map(|id| {
        let entry = entry(&here, id);
        tokio::spawn(async move { entry.put(&(300_000 + id % 100)).await })
    });
    for put in puts.collect::<Vec<_>>() {
        put.await.unwrap().unwrap();
    }
    let cache = members(&here);
    let (mut keys, mut pages) = (Vec::new(), cache.pages_by_index("team", &3_000).unwrap());
    let mut largest = 0;
    while let Some(page) = pages.next().await.unwrap() {
        largest = largest.max(page.len());
        keys.extend(page.into_iter().map(|(key, _)| key));
    }
    assert!(largest < 1_100, "{largest} in one page");
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 2_000);
    assert_eq!(cache.by_index("team", &3_000).await.unwrap().len(), 2_000);
    assert_eq!(cache.invalidate_index("team", &3_000).await.unwrap(), 2_000);
    assert_eq!(cache.by_index("team", &3_000).await.unwrap(), NOBODY);
    assert_eq!(here.clear("members").await.unwrap(), 0, "no entry was left");
}

async fn builds_side_by_side_are_invalidated_together(fleet: Fleet) {
    let here = fleet.node().await;
    let build = |version| members_of(&here, SPEC.version(version));
    for version in 2..=5 {
        let entry = build(version).entry(|key| key.arg(&version));
        entry.get_or_load(async { 301 }).await;
    }
    assert_eq!(
        build(3).by_index("team", &3).await.unwrap().len(),
        1,
        "each reads its own"
    );
    // The build after is loading, too.
    let source = Source::held(302);
    let next = build(4).entry(|key| key.arg(&9));
    let loading = {
        let (entry, source) = (next.clone(), Arc::clone(&source));
        start(&here, async move { entry.get_or_load(source.load()).await })
    };
    source.load_begins().await;
    assert_eq!(build(3).invalidate_index("team", &3).await.unwrap(), 3);
    source.release();
    loading.await.unwrap();
    assert_eq!(
        next.peek().await.unwrap(),
        None,
        "a load of the next build was voided"
    );
    assert_eq!(build(4).by_index("team", &3).await.unwrap(), NOBODY);
    assert_eq!(build(5).by_index("team", &3).await.unwrap(), [301]);
}

async fn tenants_do_not_meet(fleet: Fleet) {
    let here = fleet.node().await;
    let (acme, other) = (here.tenant("acme"), here.tenant("other"));
    for node in [&here, &acme, &other] {
        entry(node, 7).put(&301).await.unwrap();
    }
    assert_eq!(
        members(&acme).invalidate_index("team", &3).await.unwrap(),
        1
    );
    assert_eq!(team(&acme, 3).await, NOBODY);
    assert_eq!(
        (team(&here, 3).await, team(&other, 3).await),
        (vec![301], vec![301])
    );
}

async fn strange_members_are_skipped(fleet: Fleet) {
    let (here, stranger) = (fleet.node().await, fleet.stranger().await);
    entry(&here, 1).put(&301).await.unwrap();
    stranger.set("session:42", b"precious").await;
    stranger.set("app::members:2:1", b"precious").await;
    let strange: [&[u8]; 8] = [
        b"",
        b"!",
        b"short",
        b"0123456789abcdef",
        b"0123456789abcdefsession:42",
        b"0123456789abcdefapp::members:2:1",
        b"0123456789abcdefapp::members:1:1",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xc3",
    ];
    for member in strange {
        let add = Command::new("ZADD").arg("app::members:@team:1:3");
        stranger.run(add.arg("9e15").arg(member)).await;
    }
    // A hash where an entry should be, and a list where an index should be.
    let wrong = Command::new("HSET")
        .arg("app::members:1:8")
        .arg("f")
        .arg("v");
    stranger.run(wrong).await;
    stranger
        .run(
            Command::new("ZADD")
                .arg("app::members:@team:1:3")
                .arg("9e15")
                .arg("0123456789abcdefapp::members:1:8"),
        )
        .await;
    stranger
        .run(Command::new("RPUSH").arg("app::members:@team:1:4").arg("x"))
        .await;

    assert_eq!(team(&here, 3).await, [301]);
    assert_eq!(
        members(&here).invalidate_index("team", &3).await.unwrap(),
        1
    );
    assert!(members(&here).by_index("team", &4).await.is_err());
    // Who cannot list does not store, and whoever asks still gets a value.
    assert_eq!(entry(&here, 2).get_or_load(async { 402 }).await, 402);
    assert_eq!(entry(&here, 2).peek().await.unwrap(), None);
    here.clear("members").await.unwrap();
    assert_eq!(stranger.get("session:42").await.unwrap(), b"precious");
}

async fn a_clear_takes_the_indexes_along(fleet: Fleet) {
    let (here, stranger) = (fleet.node().await, fleet.stranger().await);
    for id in 0..50 {
        entry(&here, id)
            .index("session", &id)
            .put(&(300 + id))
            .await
            .unwrap();
    }
    stranger.set("app::other:1:1", b"precious").await;
    assert_eq!(here.clear("members").await.unwrap(), 50);
    assert_eq!(keys(&stranger).await, ["app::other:1:1"]);
}

async fn an_unknown_index_is_an_error(fleet: Fleet) {
    let here = fleet.node().await;
    let error = members(&here).by_index("taem", &3).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("team"), "{error}");
}

/// What a load of so long answers; half a minute after its beginning somebody may invalidate its
/// value of the index.
async fn a_load_of(long: Duration, is_invalidated: bool) -> Larder {
    let node = Larder::memory();
    let load = start(&node, {
        let entry = entry(&node, 7);
        async move {
            let load = async {
                tokio::time::sleep(long).await;
                301
            };
            entry.get_or_load(load).await
        }
    });
    tokio::time::sleep(Duration::from_secs(30)).await;
    if is_invalidated {
        let cache = members(&node);
        cache.invalidate_index("team", &3).await.unwrap();
    }
    assert_eq!(load.await.unwrap(), 301);
    node
}

#[tokio::test(start_paused = true)]
async fn an_invalidation_by_index_voids_a_load_however_long_it_takes() {
    let nearly_an_hour = Duration::from_secs(3_599);
    let node = a_load_of(nearly_an_hour, true).await;
    assert_eq!(entry(&node, 7).peek().await.unwrap(), None);
    assert_eq!(team(&node, 3).await, NOBODY);
    assert_eq!(node.stats("members").voided, 1);

    let node = a_load_of(nearly_an_hour, false).await;
    assert_eq!(entry(&node, 7).peek().await.unwrap(), Some(301));
    assert_eq!(team(&node, 3).await, [301]);
}

/// What it would have to see of an invalidation may have ended.
#[tokio::test(start_paused = true)]
async fn a_load_that_takes_an_hour_is_not_stored() {
    for is_invalidated in [false, true] {
        let node = a_load_of(Duration::from_hours(1), is_invalidated).await;
        assert_eq!(entry(&node, 7).peek().await.unwrap(), None);
        assert_eq!(team(&node, 3).await, NOBODY);
        assert_eq!(node.stats("members").voided, 1);
    }
}

/// Everything that an entry costs beside its value: `docs/guide/indexes-and-tags.md` has it.
#[tokio::test(start_paused = true)]
async fn what_indexes_cost_in_round_trips() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let cache = node
        .cache::<u64>(SPEC)
        .index("team", |value: &u64, team| team.value(&(value / 100)));
    let entry = |id: u64| cache.entry(|key| key.arg(&id));
    // Once, so that the server knows the scripts.
    entry(0).put(&100).await.unwrap();
    entry(0).invalidate().await.unwrap();
    entry(0).get_or_load(async { 100 }).await;
    cache.invalidate_index("team", &1).await.unwrap();

    let begun = RefCell::new(control.round_trips());
    let cost = |what: &str, expected: u64| {
        let now = control.round_trips();
        let before = begun.replace(now.clone());
        assert_eq!(now.since(&before).total(), expected, "{what}");
    };
    entry(7).get_or_load(async { 301 }).await;
    cost("a miss: acquire, list, fill", 3);
    entry(7).get_or_load(async { 301 }).await;
    cost("a hit is a hit", 1);
    entry(8).put(&302).await.unwrap();
    cost("a put: the versions beside it, take, list, fill", 4);
    assert_eq!(team_of(&cache, 3).await, [301, 302]);
    cost("a page of values: the list, the entries", 2);
    assert_eq!(cache.keys_by_index("team", &3).await.unwrap().len(), 2);
    cost("a page of keys", 2);
    entry(8).invalidate().await.unwrap();
    cost("an invalidation by key: remove, take off the lists", 2);
    cache.invalidate_index("team", &3).await.unwrap();
    cost(
        "by index: count, mark, a page of three, the two versions beside",
        7,
    );
    for id in 0..100 {
        entry(id).put(&(400 + id % 100)).await.unwrap();
    }
    cost("a hundred puts", 400);
    cache.invalidate_index("team", &4).await.unwrap();
    cost("a hundred entries are one page", 7);
}

async fn team_of(cache: &Cache<u64>, team: u64) -> Vec<u64> {
    let mut found = cache.by_index("team", &team).await.unwrap();
    found.sort_unstable();
    found
}

#[tokio::test(start_paused = true)]
async fn a_put_whose_lease_ends_on_the_way_is_put_anew() {
    const MILLI: Duration = Duration::from_millis(1);
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let cache = members_of(&node, SPEC.lease(50 * MILLI));
    let entry = cache.entry(|key| key.arg(&7_u64));
    control.delay_replies(60 * MILLI);
    let put = tokio::spawn(async move { entry.put(&300).await });
    tokio::time::sleep(500 * MILLI).await;
    control.heal();
    put.await.unwrap().unwrap();
    assert_eq!(cache.by_index("team", &3_u64).await.unwrap(), [300]);
}
