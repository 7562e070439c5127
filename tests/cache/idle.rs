//! Entries that end when nobody reads them.

use std::collections::HashMap;
use std::time::Duration;

use larder::{CacheSpec, Larder, MemoryServer, Ttl, cached};
use larder_runtime::backend::Command;

use crate::fleet::{Fleet, PATIENCE};
use crate::source::Source;
use crate::support::server::RedisServer;

const MINUTE: Duration = Duration::from_mins(1);
/// Ten minutes, and a quarter for reads that the server has not heard of yet.
const UNREAD: Duration = Duration::from_secs(750);
const PLAIN: CacheSpec = CacheSpec::new("idle.plain", Ttl::after(MINUTE)).idle(MINUTE);

#[cached(namespace = "idle", ttl = "1h", idle = "10m", skip(source))]
async fn session(_id: u64, source: &Source) -> u64 {
    source.load().await
}

#[cached(namespace = "idle.never", ttl = "never", idle = "10m")]
async fn until_unread(id: u64) -> u64 {
    id
}

#[cached(
    namespace = "idle.near",
    ttl = "1h",
    idle = "10m",
    local = true,
    skip(source)
)]
async fn near(_id: u64, source: &Source) -> u64 {
    source.load().await
}

#[cached(
    namespace = "idle.batch",
    ttl = "1h",
    idle = "10m",
    batch,
    skip(source)
)]
async fn sessions(source: &Source, ids: &[u64]) -> HashMap<u64, u64> {
    let value = source.load().await;
    ids.iter().map(|id| (*id, value)).collect()
}

#[cached(namespace = "idle.indexed", ttl = "1h", idle = "10m", index(team = *value))]
async fn indexed(id: u64) -> u64 {
    id
}

on_each_backend!(
    an_entry_is_stored_for_as_long_as_it_may_go_unread,
    an_entry_that_was_read_lives_on,
    what_was_invalidated_or_replaced_meanwhile_is_left_alone,
    what_a_node_refreshes_before_all_else_lives_on_when_it_is_read,
);

/// The key of the one entry in this namespace, and the TTL that the server knows of it.
async fn entry(fleet: &Fleet, namespace: &str) -> Option<(String, Duration)> {
    let keys = fleet.stranger().await.times_to_live().await;
    let part = format!("::{namespace}:");
    let (key, millis) = keys.into_iter().find(|(key, _)| key.contains(&part))?;
    let millis = u64::try_from(millis).expect("an end");
    Some((key, Duration::from_millis(millis)))
}

async fn left(fleet: &Fleet, namespace: &str) -> Option<Duration> {
    entry(fleet, namespace).await.map(|(_, left)| left)
}

fn is_about(left: Option<Duration>, expected: Duration) {
    let left = left.expect("an entry");
    // A real server's clock goes on while the test runs.
    let longest = expected + Duration::from_secs(1);
    assert!(left <= longest && left + PATIENCE >= expected, "{left:?}");
}

async fn an_entry_is_stored_for_as_long_as_it_may_go_unread(fleet: Fleet) {
    let node = fleet.node().await;
    node.scope(session(7, &Source::open(1))).await;
    is_about(left(&fleet, "idle").await, UNREAD);
    node.scope(until_unread(7)).await;
    is_about(left(&fleet, "idle.never").await, UNREAD);

    let entry = node.cache::<u64>(PLAIN).entry(|key| key.arg(&7_u64));
    entry.put(&1).await.unwrap();
    is_about(left(&fleet, "idle.plain").await, MINUTE);
    assert!(entry.touch().await.unwrap());
    is_about(left(&fleet, "idle.plain").await, MINUTE);
}

/// Shortens what is left of the entry to a minute, as time that passes would.
async fn age(fleet: &Fleet, namespace: &str) {
    let (key, _) = entry(fleet, namespace).await.expect("an entry");
    let shorten = Command::new("PEXPIRE").arg(&key);
    let shorten = shorten.arg(MINUTE.as_millis() as u64);
    fleet.stranger().await.run(shorten).await;
}

/// Waits until the server was told of what it is told behind calls.
async fn told(fleet: &Fleet, namespace: &str, more_than: Duration) {
    for _ in 0..100_000 {
        if left(fleet, namespace)
            .await
            .is_some_and(|left| left > more_than)
        {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the server was not told");
}

/// Lets tasks of the embedded server end that nobody waits for.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

async fn an_entry_that_was_read_lives_on(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::open(1);
    node.scope(session(7, &source)).await;
    age(&fleet, "idle").await;
    node.scope(session(7, &source)).await;
    told(&fleet, "idle", 2 * MINUTE).await;
    is_about(left(&fleet, "idle").await, UNREAD);
    assert_eq!(source.loads(), 1);

    node.scope(sessions(&source, &[1])).await;
    age(&fleet, "idle.batch").await;
    node.scope(sessions(&source, &[1])).await;
    told(&fleet, "idle.batch", 2 * MINUTE).await;
    assert_eq!(source.loads(), 2);
}

async fn what_was_invalidated_or_replaced_meanwhile_is_left_alone(fleet: Fleet) {
    let (node, other) = (fleet.node().await, fleet.node().await);
    let source = Source::open(1);
    node.scope(session(7, &source)).await;
    // Whatever is told behind this call comes before or after the invalidation: neither brings the
    // entry back.
    node.scope(session(7, &source)).await;
    other.scope(session::invalidate(7)).await.unwrap();
    settle().await;
    assert_eq!(node.scope(session::peek(7)).await.unwrap(), None);
    node.scope(session(7, &source)).await;
    assert_eq!(source.loads(), 2);
}

/// A node that has yet to hear what time it is on the server: what it stores has an end by that.
async fn what_a_node_refreshes_before_all_else_lives_on_when_it_is_read(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let source = Source::open(1);
    there.scope(near(7, &source)).await;
    here.scope(near::refresh(7, &source)).await;
    age(&fleet, "idle.near").await;
    here.scope(near(7, &source)).await;
    told(&fleet, "idle.near", 2 * MINUTE).await;
    while here.stats("idle.near").local_hits == 0 {
        here.scope(near(7, &source)).await;
    }
    assert_eq!(source.loads(), 2);
}

/// Between the time that an entry may go unread and a quarter more.
#[tokio::test(start_paused = true)]
async fn an_entry_ends_when_nobody_reads_it() {
    let node = Larder::memory();
    let source = Source::open(1);
    node.scope(session(7, &source)).await;
    tokio::time::advance(10 * MINUTE).await;
    node.scope(session(7, &source)).await;
    assert_eq!(source.loads(), 1, "it was read within the time");
    tokio::time::advance(Duration::from_secs(751)).await;
    node.scope(session(7, &source)).await;
    assert_eq!(source.loads(), 2, "nobody has read it");
}

/// Two reads in a row that are each just within the time keep it, wherever the steps between them
/// lie.
#[tokio::test(start_paused = true)]
async fn reads_within_the_time_keep_an_entry_until_its_ttl() {
    for pace in [1_u64, 37, 49, 51, 149, 599, 600] {
        let server = MemoryServer::new();
        let nodes = [0, 1].map(|_| Larder::builder().on_memory(&server));
        let source = Source::open(1);
        let mut at = 0;
        while at < 3600 {
            for node in &nodes {
                node.scope(near(7, &source)).await;
            }
            settle().await;
            assert_eq!(source.loads(), 1, "at {at} s, read every {pace} s");
            tokio::time::advance(Duration::from_secs(pace)).await;
            at += pace;
        }
        tokio::time::advance(Duration::from_secs(1)).await;
        nodes[0].scope(near(7, &source)).await;
        assert_eq!(source.loads(), 2, "it lives beyond its TTL");
    }
}

/// What the server is told of a read may come when the value was changed: the entry has lived on as
/// little as without it, and is told of again.
#[tokio::test(start_paused = true)]
async fn a_read_that_a_change_overtakes_keeps_no_later_one_from_being_told() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let nodes = [
        Larder::builder().on_memory_link(link),
        Larder::builder().on_memory(&server),
    ];
    let source = Source::open(1);
    let [here, there] = &nodes;
    there.scope(session(7, &source)).await;
    tokio::time::advance(9 * MINUTE).await;
    here.scope(session(7, &source)).await;
    control.delay_requests(Duration::from_millis(10));
    let change = async { session::entry(7).update(|_| ()).await };
    assert_eq!(there.scope(change).await.unwrap(), Some(1));
    tokio::time::sleep(Duration::from_secs(20)).await;
    control.heal();
    here.scope(session(7, &source)).await;
    settle().await;
    tokio::time::advance(5 * MINUTE).await;
    here.scope(session(7, &source)).await;
    assert_eq!(source.loads(), 1, "it was read five minutes ago");
}

/// An entry that is listed makes room while it is changed, and lives as long as it did then.
#[tokio::test(start_paused = true)]
async fn a_change_of_what_is_listed_leaves_it_what_a_read_meanwhile_has_given_it() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let here = Larder::builder().on_memory_link(link);
    let there = Larder::builder().on_memory(&server);
    here.scope(indexed(7)).await;
    here.scope(async { indexed::entry(7).update(|_| ()).await })
        .await
        .unwrap();
    tokio::time::advance(9 * MINUTE).await;
    // The neighbours are removed after 10 ms, the entry is read after 20, and makes room after 30.
    control.delay_requests(Duration::from_millis(10));
    let change = here.scope(async { indexed::entry(7).update(|_| ()).await });
    let change = tokio::spawn(change);
    tokio::time::sleep(Duration::from_millis(26)).await;
    there.scope(indexed(7)).await;
    settle().await;
    assert_eq!(change.await.unwrap().unwrap(), Some(7));
    let left = there.scope(indexed::ttl(7)).await.unwrap();
    let left = left.and_then(Ttl::duration).unwrap();
    assert!(left + MINUTE > UNREAD, "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn an_entry_of_an_index_stays_listed_while_it_is_read() {
    let node = Larder::memory();
    let work = async {
        indexed(7).await;
        for _ in 0..5 {
            tokio::time::advance(9 * MINUTE).await;
            indexed(7).await;
            settle().await;
        }
        assert_eq!(indexed::by_team(7).await.unwrap(), [7]);
        indexed::entry(7).update(|_| ()).await.unwrap();
        tokio::time::advance(9 * MINUTE).await;
        indexed(7).await;
        settle().await;
        tokio::time::advance(5 * MINUTE).await;
        assert_eq!(indexed::by_team(7).await.unwrap(), [7]);
    };
    node.scope(work).await;
}

/// A hit is one round trip: that it was read is told behind the call, once a step.
#[tokio::test]
async fn a_hit_stays_one_round_trip_on_redis() {
    let server = RedisServer::start();
    let builder = Larder::builder().url(server.url()).call_budget(PATIENCE);
    let node = builder.build().await.unwrap();
    let source = Source::open(1);
    node.scope(session(7, &source)).await;
    node.scope(session(7, &source)).await;
    let mut monitor = server.monitor();
    for _ in 0..20 {
        node.scope(session(7, &source)).await;
    }
    let sent = monitor.commands();
    let sent = sent.iter().filter(|command| command.client != "lua");
    let sent: Vec<_> = sent.map(|command| command.words[0].as_str()).collect();
    let gets = sent.iter().filter(|word| **word == "GET").count();
    assert_eq!(gets, 20, "{sent:?}");
    // What was told behind the second call, should it be late: the server is taught the script.
    let others = sent.iter().filter(|word| !["GET", "PING"].contains(word));
    assert!(others.count() <= 3, "{sent:?}");
}
