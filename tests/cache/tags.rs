//! Tags: groups of entries that one removed key invalidates.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use larder::{CacheSpec, Entry, Larder, MemoryServer, Ttl};
use larder_runtime::backend::Command;

use crate::fleet::{Fleet, start};
use crate::source::Source;

const CARTS: CacheSpec = CacheSpec::new("carts", Ttl::after(Duration::from_mins(1)));
const MAILS: CacheSpec = CacheSpec::new("mails", Ttl::after(Duration::from_mins(10)));
const FOREVER: CacheSpec = CacheSpec::new("forever", Ttl::NEVER);

on_each_backend!(
    a_tag_takes_the_entries_of_every_function_along,
    a_tag_voids_the_load_that_is_under_way,
    a_later_caller_does_not_join_a_load_that_a_tag_has_voided,
    a_tag_voids_a_refresh,
    a_foreign_del_of_a_tag_is_an_invalidation,
    a_tag_outlives_its_entries,
    readers_that_know_other_tags_are_right,
    a_strange_version_is_a_miss,
    tenants_have_tags_of_their_own,
    a_tagged_entry_can_be_indexed_too,
);

fn cart(node: &Larder, id: u64) -> Entry<u64> {
    tagged(node, CARTS, id)
}

fn tagged(node: &Larder, spec: CacheSpec, id: u64) -> Entry<u64> {
    let entry = node.cache(spec).entry(|key| key.arg(&id));
    entry.tag(format!("user:{id}")).tag("everything")
}

async fn a_tag_takes_the_entries_of_every_function_along(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let fill = async || {
        for id in [7, 8] {
            cart(&here, id).put(&1).await.unwrap();
            tagged(&here, MAILS, id).get_or_load(async { 2 }).await;
        }
    };
    let stored = async |id| {
        let cart = cart(&there, id);
        let mails = tagged(&there, MAILS, id);
        let ttl = cart.ttl().await.unwrap();
        assert_eq!(ttl.is_some(), cart.peek().await.unwrap().is_some());
        (cart.peek().await.unwrap(), mails.peek().await.unwrap())
    };
    fill().await;
    assert_eq!(stored(7).await, (Some(1), Some(2)));
    there.invalidate_tag("user:7").await.unwrap();
    assert_eq!(stored(7).await, (None, None));
    assert_eq!(stored(8).await, (Some(1), Some(2)));
    assert_eq!(cart(&here, 7).get_or_load(async { 3 }).await, 3);
    assert_eq!(
        cart(&there, 7).get_or_load(async { 4 }).await,
        3,
        "stored again"
    );
    assert_eq!(here.stats("carts").outdated, 1);

    fill().await;
    here.invalidate_tag("everything").await.unwrap();
    assert_eq!(
        (stored(7).await, stored(8).await),
        ((None, None), (None, None))
    );
}

async fn a_tag_voids_the_load_that_is_under_way(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let source = Source::held(1);
    let loading = load(&here, &source);
    source.load_begins().await;
    source.change(2);
    there.invalidate_tag("user:7").await.unwrap();
    source.release();
    assert_eq!(loading.await.unwrap(), 1);
    for node in [&here, &there] {
        assert_eq!(
            cart(node, 7).get_or_load(source.load()).await,
            2,
            "not the old value"
        );
    }
    assert_eq!(source.loads(), 2);
}

fn load(node: &Larder, source: &Arc<Source>) -> tokio::task::JoinHandle<u64> {
    let (entry, source) = (cart(node, 7), Arc::clone(source));
    start(node, async move { entry.get_or_load(source.load()).await })
}

async fn a_later_caller_does_not_join_a_load_that_a_tag_has_voided(fleet: Fleet) {
    let here = fleet.node().await;
    let source = Source::held(1);
    let early = load(&here, &source);
    source.load_begins().await;
    source.change(2);
    here.invalidate_tag("user:7").await.unwrap();
    let late = load(&here, &source);
    fleet.stranger().await.get("anything").await;
    tokio::task::yield_now().await;
    source.release();
    assert_eq!((early.await.unwrap(), late.await.unwrap()), (1, 2));
    assert_eq!(cart(&here, 7).peek().await.unwrap(), Some(2));
}

async fn a_tag_voids_a_refresh(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    cart(&here, 7).put(&1).await.unwrap();
    let source = Source::held(2);
    let refreshing = {
        let (entry, source) = (cart(&here, 7), Arc::clone(&source));
        start(&here, async move { entry.refresh(source.load()).await })
    };
    source.load_begins().await;
    there.invalidate_tag("user:7").await.unwrap();
    source.release();
    refreshing.await.unwrap();
    assert_eq!(cart(&there, 7).peek().await.unwrap(), None);
}

async fn a_foreign_del_of_a_tag_is_an_invalidation(fleet: Fleet) {
    let (here, stranger) = (fleet.node().await, fleet.stranger().await);
    cart(&here, 7).put(&1).await.unwrap();
    stranger.delete("app::#:user%3A7").await;
    assert_eq!(cart(&here, 7).peek().await.unwrap(), None);
    assert_eq!(cart(&here, 7).get_or_load(async { 2 }).await, 2);
    assert_eq!(cart(&here, 7).peek().await.unwrap(), Some(2));
}

async fn a_tag_outlives_its_entries(fleet: Fleet) {
    let (here, stranger) = (fleet.node().await, fleet.stranger().await);
    let left = async || {
        let left = Command::new("PTTL").arg("app::#:user%3A7");
        stranger.run(left).await.into_int("PTTL").unwrap()
    };
    cart(&here, 7).put(&1).await.unwrap();
    let minutes = 60_000;
    assert!(
        left().await > 61 * minutes - 5_000,
        "longer than the minute of a cart"
    );
    // Once a longer life is wanted, it is long; a shorter one takes nothing away.
    tagged(&here, MAILS, 7).put(&1).await.unwrap();
    assert!(left().await > 70 * minutes - 5_000);
    cart(&here, 7).put(&1).await.unwrap();
    assert!(left().await > 70 * minutes - 5_000);
    tagged(&here, FOREVER, 7).put(&1).await.unwrap();
    assert_eq!(left().await, -1, "as the user wrote");
    cart(&here, 7).get_or_load(async { 1 }).await;
    assert_eq!(
        cart(&here, 7).peek().await.unwrap(),
        Some(1),
        "the version is the same"
    );
}

/// Two builds side by side, of which one has another tag more.
async fn readers_that_know_other_tags_are_right(fleet: Fleet) {
    let node = fleet.node().await;
    let plain = || node.cache::<u64>(CARTS).entry(|key| key.arg(&7));
    let tagged = || plain().tag("user:7");

    tagged().put(&1).await.unwrap();
    assert_eq!(
        plain().peek().await.unwrap(),
        Some(1),
        "it asks for the tag that it finds"
    );
    assert_eq!(plain().get_or_load(async { 9 }).await, 1);
    node.invalidate_tag("user:7").await.unwrap();
    assert_eq!(plain().peek().await.unwrap(), None);
    assert_eq!(plain().get_or_load(async { 2 }).await, 2);

    assert_eq!(
        tagged().peek().await.unwrap(),
        None,
        "it could not be invalidated by its tag"
    );
    assert_eq!(tagged().get_or_load(async { 3 }).await, 3);
    assert_eq!(plain().get_or_load(async { 9 }).await, 3);
}

async fn a_strange_version_is_a_miss(fleet: Fleet) {
    let (here, stranger) = (fleet.node().await, fleet.stranger().await);
    cart(&here, 7).put(&1).await.unwrap();
    stranger.set("app::#:user%3A7", b"no version").await;
    assert_eq!(cart(&here, 7).peek().await.unwrap(), None);
    // Nothing can be stored under it, and callers get their values all the same.
    assert_eq!(cart(&here, 7).get_or_load(async { 2 }).await, 2);
    stranger.delete("app::#:user%3A7").await;
    let push = Command::new("RPUSH").arg("app::#:user%3A7").arg("x");
    stranger.run(push).await;
    assert_eq!(cart(&here, 7).get_or_load(async { 3 }).await, 3);
    here.invalidate_tag("user:7").await.unwrap();
    assert_eq!(cart(&here, 7).get_or_load(async { 4 }).await, 4);
    assert_eq!(cart(&here, 7).peek().await.unwrap(), Some(4));
}

async fn tenants_have_tags_of_their_own(fleet: Fleet) {
    let here = fleet.node().await;
    let (acme, other) = (here.tenant("acme"), here.tenant("other"));
    for node in [&here, &acme, &other] {
        cart(node, 7).put(&1).await.unwrap();
    }
    acme.invalidate_tag("user:7").await.unwrap();
    assert_eq!(cart(&acme, 7).peek().await.unwrap(), None);
    assert_eq!(cart(&other, 7).peek().await.unwrap(), Some(1));
    assert_eq!(cart(&here, 7).peek().await.unwrap(), Some(1));
}

async fn a_tagged_entry_can_be_indexed_too(fleet: Fleet) {
    let here = fleet.node().await;
    let cache = here
        .cache::<u64>(CARTS)
        .index("size", |value, size| size.value(value));
    let entry = |id: u64| cache.entry(|key| key.arg(&id)).tag(format!("user:{id}"));
    for id in 0..3 {
        entry(id).put(&5).await.unwrap();
    }
    entry(3).get_or_load(async { 5 }).await;
    here.invalidate_tag("user:1").await.unwrap();
    assert_eq!(
        cache.by_index("size", &5).await.unwrap().len(),
        3,
        "the index asks for tags"
    );
    assert_eq!(cache.keys_by_index("size", &5).await.unwrap().len(), 3);
    assert_eq!(entry(1).get_or_load(async { 6 }).await, 6);
    assert_eq!(cache.by_index("size", &6).await.unwrap(), [6]);
    let stranger = fleet.stranger().await;
    let count = stranger
        .run(Command::new("ZCARD").arg("app::carts:@size:1:5"))
        .await;
    assert_eq!(
        count.into_int("ZCARD").unwrap(),
        3,
        "the outdated entry was taken off"
    );
}

#[tokio::test(start_paused = true)]
async fn what_tags_cost_in_round_trips() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    // Once, so that the server knows the scripts.
    cart(&node, 0).get_or_load(async { 1 }).await;
    let cost = async |call: Pin<Box<dyn Future<Output = u64>>>| {
        let before = control.round_trips();
        call.await;
        control.round_trips().since(&before).total()
    };
    let load = || {
        let entry = cart(&node, 7);
        Box::pin(async move { entry.get_or_load(async { 1 }).await })
    };
    let larder = node.clone();
    let invalidate = Box::pin(async move {
        larder.invalidate_tag("user:7").await.unwrap();
        0
    });
    let entry = cart(&node, 7);
    let put = Box::pin(async move {
        entry.put(&1).await.unwrap();
        0
    });
    assert_eq!(cost(load()).await, 2, "acquire with the versions, fill");
    assert_eq!(cost(load()).await, 1, "a hit with its tags");
    assert_eq!(cost(invalidate).await, 1);
    assert_eq!(
        cost(load()).await,
        3,
        "the tags are found changed, then a miss"
    );
    assert_eq!(cost(put).await, 2, "the versions, then the value");
}

/// A server that was started anew knows no script: what a first call may spend must not go into
/// teaching it one by one.
#[tokio::test(start_paused = true)]
async fn a_server_is_taught_all_scripts_of_a_question_at_once() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let members = node
        .cache::<u64>(CARTS)
        .index("team", |value, team| team.value(value));
    let member = members.entry(|key| key.arg(&7_u64)).tag("user:7");
    let asked = control.clone();
    let load = async move { asked.round_trips().total() };
    assert_eq!(
        member.get_or_load(load).await,
        2,
        "acquire with the count and the version, and once more with their texts"
    );
    let before = control.round_trips();
    let other = members.entry(|key| key.arg(&8_u64)).tag("user:8");
    other.get_or_load(async { 1 }).await;
    assert_eq!(control.round_trips().since(&before).total(), 3);
}
