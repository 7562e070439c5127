//! The local tier when what the server tells does not arrive: a copy is served for a second at
//! most, and never after the process has learnt that it missed something. (A peer that was tried
//! serves the old value after its subscriber was killed and has come back.)

use std::sync::Arc;
use std::time::Duration;

use larder::{HealthStatus, Larder, MemoryServer, cached};
use larder_runtime::backend::memory::LinkControl;
use tokio::time::Instant;

use crate::fleet::PATIENCE;
use crate::source::Source;
use crate::support::server::RedisServer;

#[cached(namespace = "faulty", ttl = "5m", local = true, skip(source))]
async fn read(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

#[cached(
    namespace = "faulty_index",
    ttl = "5m",
    local = true,
    skip(source),
    index(parity = value % 2)
)]
async fn listed(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

const KEYS: u64 = 100;
const SECOND: Duration = Duration::from_secs(1);
const MILLI: Duration = Duration::from_millis(1);

/// Two nodes in virtual time, the first with a hand on its link, and a copy of 1 there.
struct Pair {
    control: LinkControl,
    here: Larder,
    there: Larder,
    source: Arc<Source>,
}

impl Pair {
    async fn with_a_copy() -> Self {
        let server = MemoryServer::new();
        let link = server.connect();
        let pair = Self {
            control: link.control(),
            here: Larder::builder().on_memory_link(link),
            there: Larder::builder().on_memory(&server),
            source: Source::open(1),
        };
        pair.call().await;
        pair.call().await;
        tokio::time::sleep(1700 * MILLI).await;
        assert_eq!(pair.call().await, 1);
        assert_eq!(pair.here.stats("faulty").local_hits, 1);
        pair
    }

    /// A call on the node with the copy.
    async fn call(&self) -> u64 {
        self.here.scope(read(7, Arc::clone(&self.source))).await
    }

    /// Changes the value to 2 on the other node.
    async fn change(&self) {
        self.source.change(2);
        self.there.scope(read::invalidate(7)).await.unwrap();
    }

    async fn is_degraded(&self) -> bool {
        self.here.health().await.status == HealthStatus::Degraded
    }
}

#[tokio::test(start_paused = true)]
async fn lost_pushes_cost_a_second_of_old_values_and_no_more() {
    let pair = Pair::with_a_copy().await;
    pair.control.lose_pushes();
    pair.change().await;
    assert_eq!(pair.call().await, 1, "nobody can know yet");
    tokio::time::sleep(SECOND).await;
    for _ in 0..50 {
        assert_eq!(pair.call().await, 2);
        tokio::time::sleep(100 * MILLI).await;
    }
    assert!(pair.is_degraded().await);
    assert!(pair.here.stats("faulty").local_bypassed > 10);
    let before = pair.here.stats("faulty").local_hits;

    pair.control.heal();
    for _ in 0..3 {
        assert_eq!(pair.call().await, 2);
    }
    assert!(pair.here.stats("faulty").local_hits > before);
    assert!(!pair.is_degraded().await);
}

#[tokio::test(start_paused = true)]
async fn an_index_value_that_an_entry_has_left_unheard_ends_the_copy_where_it_is_invalidated() {
    let pair = Pair::with_a_copy().await;
    let call = async || {
        let call = listed(7, Arc::clone(&pair.source));
        pair.here.scope(call).await
    };
    while pair.here.stats("faulty_index").local_hits == 0 {
        assert_eq!(call().await, 1);
        tokio::time::sleep(MILLI).await;
    }
    pair.control.lose_pushes();
    pair.there.scope(listed::put(7, &2)).await.unwrap();
    assert_eq!(call().await, 1, "nobody can know yet");
    let removed = pair.here.scope(listed::invalidate_parity(1_u8)).await;
    assert_eq!(removed.unwrap(), 0, "its entry is listed elsewhere");
    assert_eq!(call().await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_asks_past_a_copy_whose_push_was_lost() {
    let pair = Pair::with_a_copy().await;
    pair.control.lose_pushes();
    pair.source.change(2);
    let token = pair.there.scope(read::invalidate(7)).await.unwrap();
    assert_eq!(pair.call().await, 1, "nobody can know yet");
    let call = read(7, Arc::clone(&pair.source));
    let told = pair.here.scope(larder::at_least(token).scope(call)).await;
    assert_eq!(told, 2);
    assert_eq!(pair.call().await, 2, "and whoever comes after sees it too");
}

#[tokio::test(start_paused = true)]
async fn a_spawned_task_asks_for_what_its_parent_asks_for() {
    let pair = Pair::with_a_copy().await;
    pair.control.lose_pushes();
    pair.source.change(2);
    let token = pair.there.scope(read::invalidate(7)).await.unwrap();
    let source = Arc::clone(&pair.source);
    let spawning = async move { larder::spawn(read(7, source)).await.unwrap() };
    let told = pair.here.scope(larder::at_least(token).scope(spawning));
    assert_eq!(told.await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_black_hole_ends_in_a_bypass_within_a_second() {
    let pair = Pair::with_a_copy().await;
    pair.control.black_hole();
    pair.change().await;
    tokio::time::sleep(SECOND).await;
    assert_eq!(pair.call().await, 2, "the body ran");
    assert_eq!(pair.here.stats("faulty").degraded, 1);
    pair.control.heal();
    assert_eq!(pair.call().await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_cut_connection_ends_every_copy_at_once() {
    let pair = Pair::with_a_copy().await;
    pair.control.cut();
    pair.change().await;
    assert_eq!(pair.call().await, 2, "the body ran");
    pair.control.heal();
    for _ in 0..5 {
        assert_eq!(pair.call().await, 2);
    }
}

/// A server, a node on it, and a copy of 1 under each key.
async fn many_copies() -> (RedisServer, Larder, Arc<Source>) {
    let server = RedisServer::start();
    let node = Larder::builder()
        .url(server.url())
        .call_budget(PATIENCE)
        .command_timeout(PATIENCE)
        .build()
        .await
        .unwrap();
    let source = Source::open(1);
    keep_all(&node, &source).await;
    (server, node, source)
}

/// Calls with each key until a copy answers.
async fn keep_all(node: &Larder, source: &Arc<Source>) {
    for id in 0..KEYS {
        let before = node.stats("faulty").local_hits;
        soon(node, async || {
            node.scope(read(id, Arc::clone(source))).await;
            node.stats("faulty").local_hits > before
        })
        .await;
    }
}

/// Waits until this holds.
async fn soon(node: &Larder, holds: impl AsyncFn() -> bool) {
    let patience = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < patience, "{:?}", node.stats("faulty"));
        tokio::time::sleep(MILLI).await;
    }
}

/// Calls once with each key, and answers how often a copy answered.
async fn hits_of_a_round(node: &Larder, source: &Arc<Source>) -> u64 {
    let before = node.stats("faulty").local_hits;
    for id in 0..KEYS {
        node.scope(read(id, Arc::clone(source))).await;
    }
    node.stats("faulty").local_hits - before
}

/// Waits until the node is connected and one key is answered with the new value, and sees that then
/// all are.
async fn all_are_new(node: &Larder, source: &Arc<Source>) {
    let new = async |id| node.scope(read(id, Arc::clone(source))).await == 2;
    soon(node, async || {
        new(0).await && node.health().await.status == HealthStatus::Up
    })
    .await;
    let mut stale = 0;
    for id in 0..KEYS {
        stale += u64::from(!new(id).await);
    }
    assert_eq!(stale, 0, "of {KEYS}");
    keep_all(node, source).await;
}

/// Removes every key, as a client may who knows nothing of Larder.
fn remove_all(server: &RedisServer) {
    let keys: Vec<String> = (0..KEYS)
        .map(|id| format!("larder::faulty:1:{id}"))
        .collect();
    let words: Vec<&str> = std::iter::once("DEL")
        .chain(keys.iter().map(String::as_str))
        .collect();
    assert_eq!(server.command(&words), KEYS.to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_connection_leaves_no_old_value_behind() {
    let (server, node, source) = many_copies().await;
    source.change(2);
    server.command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    // The new connection tracks nothing yet, so nobody will be told of this.
    remove_all(&server);
    all_are_new(&node, &source).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_server_leaves_no_old_value_behind() {
    let (mut server, node, source) = many_copies().await;
    source.change(2);
    server.restart();
    all_are_new(&node, &source).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flushed_server_leaves_no_old_value_behind() {
    let (server, node, source) = many_copies().await;
    source.change(2);
    server.command(&["FLUSHDB"]);
    all_are_new(&node, &source).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_forgets_its_scripts_changes_nothing() {
    let (server, node, source) = many_copies().await;
    server.command(&["SCRIPT", "FLUSH"]);
    assert_eq!(hits_of_a_round(&node, &source).await, KEYS);
    source.change(2);
    remove_all(&server);
    all_are_new(&node, &source).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_answering_ends_in_a_bypass() {
    let (server, node, source) = many_copies().await;
    let impatient = Larder::builder().url(server.url()).build().await.unwrap();
    keep_all(&impatient, &source).await;
    server.pause();
    source.change(2);
    soon(&impatient, async || {
        impatient.scope(read(7, Arc::clone(&source))).await == 2
    })
    .await;
    server.resume();
    remove_all(&server);
    all_are_new(&node, &source).await;
}
