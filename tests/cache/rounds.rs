//! What a call costs in round trips, counted by the server.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use larder::{Larder, MemoryServer, cached};

use crate::fleet::{PATIENCE, start};
use crate::source::Source;
use crate::support::monitor::Monitored;
use crate::support::server::RedisServer;

#[cached(namespace = "rounds", ttl = "1m", skip(source))]
async fn read(_id: u64, source: Arc<Source>) -> u64 {
    source.load().await
}

#[tokio::test]
async fn a_miss_is_two_round_trips_and_a_hit_one_on_redis() {
    let server = RedisServer::start();
    let node = Larder::builder()
        .url(server.url())
        .call_budget(PATIENCE)
        .build()
        .await
        .unwrap();
    let source = Source::open(1);
    // Once, so that the server knows the scripts.
    node.scope(read(0, Arc::clone(&source))).await;

    let mut monitor = server.monitor();
    node.scope(read(7, Arc::clone(&source))).await;
    assert_eq!(
        sent(&monitor.commands()),
        ["EVALSHA", "EVALSHA"],
        "acquire and fill"
    );

    node.scope(read(7, Arc::clone(&source))).await;
    assert_eq!(sent(&monitor.commands()), ["GET"]);

    // Another node, which does not know that the value is there.
    let other = Larder::builder()
        .url(server.url())
        .call_budget(PATIENCE)
        .build()
        .await
        .unwrap();
    monitor.commands();
    other.scope(read(7, Arc::clone(&source))).await;
    assert_eq!(sent(&monitor.commands()), ["EVALSHA"]);

    node.scope(read::invalidate(7)).await.unwrap();
    assert_eq!(sent(&monitor.commands()), ["UNLINK", "TIME"]);

    node.scope(read(7, Arc::clone(&source))).await;
    assert_eq!(
        sent(&monitor.commands()),
        ["EVALSHA", "EVALSHA"],
        "a miss after an invalidation is a miss like any"
    );
}

#[tokio::test(start_paused = true)]
async fn a_miss_is_two_round_trips_and_a_hit_one_in_memory() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let source = Source::open(1);
    // Once, so that the server knows the scripts.
    node.scope(read(0, Arc::clone(&source))).await;

    let before = control.round_trips();
    node.scope(read(7, Arc::clone(&source))).await;
    assert_eq!(control.round_trips().since(&before).of("EVALSHA"), 2);
    assert_eq!(control.round_trips().since(&before).total(), 2);
    let after_miss = control.round_trips();
    node.scope(read(7, Arc::clone(&source))).await;
    assert_eq!(control.round_trips().since(&after_miss).of("GET"), 1);
    assert_eq!(control.round_trips().since(&after_miss).total(), 1);

    // The value's end can be foreseen: the miss after it is again two round trips.
    tokio::time::advance(Duration::from_secs(61)).await;
    let after_end = control.round_trips();
    node.scope(read(7, Arc::clone(&source))).await;
    assert_eq!(control.round_trips().since(&after_end).of("EVALSHA"), 2);
    assert_eq!(control.round_trips().since(&after_end).total(), 2);
}

/// How many keys were read by one `MGET`, or asked for with a script beside it. Two keys may share a
/// place in what this process believes of them: then one of them is asked for so although it is
/// there.
fn read_at_once(commands: &[Monitored]) -> usize {
    let sent = sent(commands);
    assert_eq!(sent[0], "MGET");
    assert!(sent[1..].iter().all(|name| *name == "EVALSHA"), "{sent:?}");
    let read = commands.iter().find(|it| it.words[0] == "MGET");
    read.map_or(0, |read| read.words.len() - 1) + sent.len() - 1
}

#[cached(namespace = "rounds", ttl = "1m", batch, skip(source))]
async fn read_many(source: &Source, ids: &[u64]) -> HashMap<u64, u64> {
    let value = source.load().await;
    ids.iter().map(|id| (*id, value)).collect()
}

#[tokio::test]
async fn a_batch_is_as_many_round_trips_as_one_key_on_redis() {
    let server = RedisServer::start();
    let node = async || {
        let builder = Larder::builder().url(server.url()).call_budget(PATIENCE);
        builder.build().await.unwrap()
    };
    let here = node().await;
    let source = Source::open(1);
    // Once, so that the server knows the scripts.
    here.scope(read_many(&source, &[0])).await;
    let ids: Vec<u64> = (1..=100).collect();

    let mut monitor = server.monitor();
    here.scope(read_many(&source, &ids)).await;
    assert_eq!(
        sent(&monitor.commands()),
        ["EVALSHA"; 200],
        "acquire and fill"
    );
    here.scope(read_many(&source, &ids)).await;
    assert_eq!(read_at_once(&monitor.commands()), 100, "a hit of all");

    // Another node, which does not know that the values are there, is answered by the script that
    // would give the lease.
    let other = node().await;
    monitor.commands();
    other.scope(read_many(&source, &ids)).await;
    assert_eq!(sent(&monitor.commands()), ["EVALSHA"; 100]);

    here.scope(read_many::invalidate(&[7, 8, 9])).await.unwrap();
    assert_eq!(sent(&monitor.commands()), ["UNLINK", "TIME"]);
    let loads = source.loads();
    here.scope(read_many(&source, &ids)).await;
    assert_eq!(read_at_once(&monitor.commands()), 97 + 6, "three misses");
    assert_eq!(source.loads(), loads + 1);
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_as_many_round_trips_as_one_key_in_memory() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let source = Source::open(1);
    node.scope(read_many(&source, &[0])).await;
    let ids: Vec<u64> = (1..=100).collect();

    let before = control.round_trips();
    node.scope(read_many(&source, &ids)).await;
    assert_eq!(
        control.round_trips().since(&before).total(),
        2,
        "a miss of all"
    );
    let before = control.round_trips();
    node.scope(read_many(&source, &ids)).await;
    assert_eq!(
        control.round_trips().since(&before).total(),
        1,
        "a hit of all"
    );
    let before = control.round_trips();
    let found = node.scope(read_many(&source, &[1, 2, 3, 101, 102])).await;
    assert_eq!(found.len(), 5);
    assert_eq!(
        control.round_trips().since(&before).total(),
        2,
        "some of both"
    );
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_woken_and_does_not_poll() {
    let server = MemoryServer::new();
    let loader = Larder::builder().on_memory(&server);
    let link = server.connect();
    let control = link.control();
    let waiter = Larder::builder().on_memory_link(link);

    let source = Source::held(1);
    let loading = start(&loader, read(7, Arc::clone(&source)));
    source.load_begins().await;
    let waiting = start(&waiter, read(7, Arc::clone(&source)));
    // A load of nine virtual seconds.
    tokio::time::sleep(Duration::from_secs(9)).await;
    let looks = control.round_trips().of("PIPELINE");
    // The lease lives for two seconds and is extended three times in each: every extension is a
    // change of the key.
    assert!(looks <= 20, "{looks} looks in nine seconds");
    source.release();
    assert_eq!(loading.await.unwrap(), 1);
    let start = tokio::time::Instant::now();
    assert_eq!(waiting.await.unwrap(), 1);
    assert_eq!(start.elapsed(), Duration::ZERO, "woken by the fill itself");
    assert_eq!(source.loads(), 1);
}

/// What clients sent: what scripts ran inside the server is no round trip.
fn sent(commands: &[Monitored]) -> Vec<&str> {
    let from_clients = commands.iter().filter(|command| command.client != "lua");
    // The keeper's own heartbeat is nobody's call.
    from_clients
        .map(|command| command.words[0].as_str())
        .filter(|word| *word != "PING")
        .collect()
}
