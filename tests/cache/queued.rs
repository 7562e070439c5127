//! An invalidation that the server cannot be told of waits, is tried until it is done, and is not
//! forgotten meanwhile: its process reads nothing of what it is about. Each case on the embedded
//! server and on Redis behind a proxy, with the link cut and healed.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use larder::{Error, ErrorKind, HealthStatus, Invalidation, Larder, MemoryServer, cached};
use larder_runtime::backend::memory::LinkControl;

use crate::drop_safety::DropAfter;
use crate::fleet::{Fleet, start};
use crate::linked::Linked;
use crate::source::Source;

#[cached(namespace = "queued", ttl = "1m", skip(source))]
async fn read(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

#[cached(namespace = "queued.copied", ttl = "1m", local = true, skip(source))]
async fn copied(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

#[cached(
    namespace = "queued.grouped",
    ttl = "1m",
    local = true,
    skip(source),
    index(tens = value / 10),
    tags = ["user:{_id}"]
)]
async fn grouped(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

#[cached(namespace = "queued.strict", ttl = "1m", on_error = "fail")]
async fn strict(id: u64) -> Result<u64, Error> {
    Ok(id)
}

on_each_backend!(
    an_invalidation_waits_for_the_server_and_its_key_is_not_read_meanwhile,
    other_nodes_serve_what_they_find_until_it_is_done,
    copies_are_dropped_and_none_is_kept_before_it_is_done,
    a_tag_waits_too,
    a_value_of_an_index_waits_too,
    a_namespace_waits_too,
    a_load_that_was_under_way_is_voided_when_it_is_done,
    a_value_that_was_put_later_is_not_taken_away,
    one_that_succeeds_settles_one_that_waits,
    closing_carries_out_what_waits,
);

/// Two nodes, and what they load from.
struct Rig {
    nodes: Linked,
    source: Arc<Source>,
}

impl Deref for Rig {
    type Target = Linked;

    fn deref(&self) -> &Linked {
        &self.nodes
    }
}

impl Rig {
    async fn new(fleet: Fleet) -> Self {
        Self {
            nodes: Linked::new(fleet).await,
            source: Source::open(1),
        }
    }

    async fn call(&self, node: &Larder) -> u64 {
        node.scope(read(7, Arc::clone(&self.source))).await
    }

    async fn copied(&self) -> u64 {
        self.here.scope(copied(7, Arc::clone(&self.source))).await
    }

    async fn grouped(&self, node: &Larder) -> u64 {
        node.scope(grouped(7, Arc::clone(&self.source))).await
    }
}

async fn an_invalidation_waits_for_the_server_and_its_key_is_not_read_meanwhile(fleet: Fleet) {
    let rig = Rig::new(fleet).await;
    assert_eq!(rig.call(&rig.here).await, 1);
    rig.source.change(2);
    rig.link.cut();
    let error = rig.here.scope(read::invalidate(7)).await.unwrap_err();
    assert!(error.is_queued(), "{error}");
    assert!(error.to_string().contains("it is queued"), "{error}");
    let told = rig.here.scope(read::invalidate(7).or_queued()).await;
    assert_eq!(
        told.unwrap(),
        Invalidation::Queued,
        "no error if the caller says so"
    );
    assert_eq!(rig.here.queued_invalidations(), 1, "one entry waits once");
    let health = rig.here.health().await;
    assert_eq!(health.queued_invalidations, 1);
    let words = health.degraded.join("\n");
    assert!(
        words.contains("1 invalidations wait for the server"),
        "{words}"
    );
    assert_eq!(rig.call(&rig.here).await, 2);

    rig.link.heal();
    while rig.here.queued_invalidations() > 0 {
        assert_eq!(
            rig.call(&rig.here).await,
            2,
            "the server answers, and has the old value"
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(
        rig.there.scope(read::peek(7)).await.unwrap(),
        None,
        "it is done"
    );
    let loads = rig.source.loads();
    assert_eq!(rig.call(&rig.here).await, 2);
    assert_eq!(rig.call(&rig.here).await, 2);
    assert_eq!(rig.source.loads(), loads + 1, "it is cached as before");
    let stats = rig.here.stats("queued");
    assert_eq!(
        (stats.invalidations_queued, stats.invalidations_caught_up),
        (2, 1)
    );
    assert_eq!(rig.here.health().await.status, HealthStatus::Up);
}

async fn other_nodes_serve_what_they_find_until_it_is_done(fleet: Fleet) {
    let rig = Rig::new(fleet).await;
    rig.call(&rig.here).await;
    rig.source.change(2);
    rig.link.cut();
    rig.here.scope(read::invalidate(7)).await.unwrap_err();
    assert_eq!(rig.call(&rig.there).await, 1, "nobody can tell them");
    rig.link.heal();
    rig.caught_up().await;
    assert_eq!(rig.call(&rig.there).await, 2);
}

async fn copies_are_dropped_and_none_is_kept_before_it_is_done(fleet: Fleet) {
    let rig = Rig::new(fleet).await;
    for _ in 0..3 {
        assert_eq!(rig.copied().await, 1);
    }
    rig.source.change(2);
    rig.link.cut();
    rig.here.scope(copied::invalidate(7)).await.unwrap_err();
    assert_eq!(rig.copied().await, 2);
    rig.link.heal();
    while rig.here.queued_invalidations() > 0 {
        assert_eq!(rig.copied().await, 2);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for _ in 0..3 {
        assert_eq!(rig.copied().await, 2);
    }
}

async fn a_tag_waits_too(fleet: Fleet) {
    let rig = Rig::new(fleet).await;
    assert_eq!(rig.grouped(&rig.here).await, 1);
    rig.source.change(2);
    rig.link.cut();
    let told = rig.here.invalidate_tag("user:7").await;
    assert_eq!(Invalidation::of(told).unwrap(), Invalidation::Queued);
    rig.link.heal();
    // Also for whoever does not know that the entry has the tag.
    let spec = larder::CacheSpec::new("queued.grouped", larder::Ttl::after(Duration::from_mins(1)));
    let untold = rig.here.cache::<u64>(spec).entry(|key| key.arg(&7_u64));
    while rig.here.queued_invalidations() > 0 {
        assert_eq!(rig.grouped(&rig.here).await, 2);
        // The connection may not be back yet.
        let found = untold.peek().await.unwrap_or_default();
        assert!(found.is_none_or(|it| it == 2), "{found:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(rig.grouped(&rig.there).await, 2);
}

async fn a_value_of_an_index_waits_too(fleet: Fleet) {
    let rig = Rig::new(fleet).await;
    for _ in 0..3 {
        assert_eq!(rig.grouped(&rig.here).await, 1);
    }
    assert_eq!(rig.here.scope(grouped::by_tens(0)).await.unwrap(), [1]);
    rig.source.change(2);
    rig.link.cut();
    let told = rig
        .here
        .scope(grouped::invalidate_tens(0).or_queued())
        .await;
    assert_eq!(told.unwrap(), Invalidation::Queued);
    rig.link.heal();
    while rig.here.queued_invalidations() > 0 {
        assert_eq!(
            rig.grouped(&rig.here).await,
            2,
            "neither the server's value nor a copy"
        );
        // The connection may not be back yet.
        let found = rig
            .here
            .scope(grouped::by_tens(0))
            .await
            .unwrap_or_default();
        assert!(!found.contains(&1), "{found:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(rig.grouped(&rig.there).await, 2);
}

async fn a_namespace_waits_too(fleet: Fleet) {
    let rig = Rig::new(fleet).await;
    assert_eq!(rig.copied().await, 1);
    assert_eq!(rig.call(&rig.here).await, 1);
    rig.source.change(2);
    rig.link.cut();
    rig.here.scope(copied::clear().or_queued()).await.unwrap();
    rig.link.heal();
    while rig.here.queued_invalidations() > 0 {
        assert_eq!(rig.copied().await, 2);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(rig.copied().await, 2);
    assert_eq!(rig.call(&rig.there).await, 1, "no other namespace");
}

async fn a_load_that_was_under_way_is_voided_when_it_is_done(fleet: Fleet) {
    let rig = Rig::new(fleet).await;
    let slow = Source::held(1);
    let loading = start(&rig.there, read(7, Arc::clone(&slow)));
    slow.load_begins().await;
    rig.link.cut();
    rig.here.scope(read::invalidate(7)).await.unwrap_err();
    rig.link.heal();
    rig.caught_up().await;
    slow.release();
    assert_eq!(loading.await.unwrap(), 1);
    assert_eq!(
        rig.there.scope(read::peek(7)).await.unwrap(),
        None,
        "it was not stored"
    );
}

async fn a_value_that_was_put_later_is_not_taken_away(fleet: Fleet) {
    let rig = Rig::new(fleet).await;
    rig.link.cut();
    rig.here.scope(read::invalidate(7)).await.unwrap_err();
    rig.link.heal();
    // Whether it is put before or after the invalidation is done, it stays.
    while rig.here.scope(read::put(7, &3)).await.is_err() {}
    assert_eq!(rig.here.scope(read::peek(7)).await.unwrap(), Some(3));
    rig.caught_up().await;
    rig.here.scope(read::invalidate(8)).await.unwrap();
    assert_eq!(rig.there.scope(read::peek(7)).await.unwrap(), Some(3));
}

async fn one_that_succeeds_settles_one_that_waits(fleet: Fleet) {
    let rig = Rig::new(fleet).await;
    rig.link.cut();
    rig.here.scope(read::invalidate(7)).await.unwrap_err();
    rig.link.heal();
    while rig.here.scope(read::invalidate(7)).await.is_err() {}
    assert_eq!(rig.here.queued_invalidations(), 0);
}

async fn closing_carries_out_what_waits(fleet: Fleet) {
    let rig = Rig::new(fleet).await;
    rig.call(&rig.here).await;
    rig.link.cut();
    rig.here.scope(read::invalidate(7)).await.unwrap_err();
    rig.link.heal();
    // The connection may need a moment to come back.
    while rig.here.scope(read::put(8, &1)).await.is_err() {}
    rig.here.close().await;
    assert_eq!(rig.here.queued_invalidations(), 0);
    assert_eq!(rig.there.scope(read::peek(7)).await.unwrap(), None);
}

/// A node in virtual time, and the server's answer to whether it holds anything under the key of
/// `read(7)`.
fn faulty_node() -> (MemoryServer, LinkControl, Larder) {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    (server, control, node)
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_done_while_closing_is_counted() {
    let (_server, control, node) = faulty_node();
    control.black_hole();
    node.scope(read::invalidate(7)).await.unwrap_err();
    let began = tokio::time::Instant::now();
    node.close().await;
    assert!(
        began.elapsed() <= Duration::from_millis(1_010),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(node.queued_invalidations(), 1);
    let error = node.scope(read::invalidate(8)).await.unwrap_err();
    assert!(!error.is_queued(), "nothing is sent any more: {error}");
    assert_eq!(error.kind(), ErrorKind::Closed);
    let stats = node.stats("queued");
    assert_eq!(stats.invalidations_queued, 1);
    assert_eq!(stats.invalidations_caught_up, 0, "it was not done");
}

#[tokio::test(start_paused = true)]
async fn an_invalidation_whose_caller_gave_up_is_carried_out() {
    for polls in 1.. {
        let (server, control, node) = faulty_node();
        let other = Larder::builder().on_memory(&server);
        other.scope(read::put(7, &1)).await.unwrap();
        control.delay_requests(Duration::from_millis(5));
        control.delay_replies(Duration::from_millis(5));
        let invalidation = node.scope(read::invalidate(7));
        let call = Some(Box::pin(invalidation));
        let got_through = DropAfter { polls, call }.await.is_some();
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(node.queued_invalidations(), 0);
        assert_eq!(
            other.scope(read::peek(7)).await.unwrap(),
            None,
            "{polls} polls"
        );
        if got_through {
            assert!(polls > 1, "there was something to wait for");
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_given_up_when_there_can_be_nothing_left_to_invalidate() {
    let (_server, control, node) = faulty_node();
    control.cut();
    node.scope(read::invalidate(7)).await.unwrap_err();
    tokio::time::sleep(Duration::from_hours(1)).await;
    assert_eq!(
        node.queued_invalidations(),
        1,
        "a slow load may have stored it just now"
    );
    tokio::time::sleep(Duration::from_mins(2)).await;
    assert_eq!(node.queued_invalidations(), 0);
    assert_eq!(node.stats("queued").invalidations_caught_up, 1);
}

#[tokio::test(start_paused = true)]
async fn so_many_wait_and_the_next_one_is_an_error_that_says_so() {
    let (_server, control, node) = faulty_node();
    control.cut();
    let all: Vec<_> = (0..10_000)
        .map(|id| start(&node, read::invalidate(id)))
        .collect();
    for one in all {
        assert!(one.await.unwrap().unwrap_err().is_queued());
    }
    let error = node.scope(read::invalidate(10_000).or_queued()).await;
    let error = error.unwrap_err();
    assert!(!error.is_queued());
    assert!(
        error.to_string().contains("10000 others wait already"),
        "{error}"
    );
    assert_eq!(node.stats("queued").invalidations_lost, 1);
    let again = node.scope(read::invalidate(5)).await.unwrap_err();
    assert!(again.is_queued(), "what waits already has its place");

    control.heal();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(node.queued_invalidations(), 0);
}

#[tokio::test(start_paused = true)]
async fn each_tenant_has_invalidations_of_its_own() {
    let (_server, control, node) = faulty_node();
    let source = Source::open(1);
    let tenants = ["acme", "zeta"].map(|name| node.tenant(name));
    for tenant in &tenants {
        tenant.scope(read(7, Arc::clone(&source))).await;
    }
    source.change(2);
    control.cut();
    tenants[0].scope(read::invalidate(7)).await.unwrap_err();
    control.heal();
    assert_eq!(tenants[0].scope(read(7, Arc::clone(&source))).await, 2);
    assert_eq!(tenants[1].scope(read(7, Arc::clone(&source))).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_function_that_fails_without_the_server_fails_while_it_must_not_be_read() {
    let (_server, control, node) = faulty_node();
    node.scope(strict(7)).await.unwrap();
    control.cut();
    node.scope(strict::invalidate(7)).await.unwrap_err();
    control.heal();
    let error = node.scope(strict(7)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(
        error
            .message()
            .contains("an invalidation of this entry waits")
    );
}

#[tokio::test(start_paused = true)]
async fn an_invalidation_without_a_larder_is_not_queued() {
    let error = read::invalidate(7).or_queued().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotInstalled);
}

/// An invalidation by a value of an index leaves a mark, which a server without any room refuses.
#[tokio::test(start_paused = true)]
async fn a_value_of_an_index_waits_until_there_is_room() {
    let server = MemoryServer::builder().max_memory(50_000).build();
    let node = Larder::builder().on_memory(&server);
    let source = Source::open(1);
    let read = || node.scope(grouped(7, Arc::clone(&source)));
    assert_eq!(read().await, 1);
    let ballast = node.store::<String>("ballast").durable().unwrap();
    ballast.set("all", &"x".repeat(100_000)).await.unwrap();

    source.change(2);
    let invalidation = grouped::invalidate_tens(0).or_queued();
    let told = node.scope(invalidation).await.unwrap();
    assert_eq!(told, Invalidation::Queued);
    assert_eq!(read().await, 2);
    ballast.delete("all").await.unwrap();
    while node.queued_invalidations() > 0 {
        assert_eq!(read().await, 2);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(read().await, 2);
}
