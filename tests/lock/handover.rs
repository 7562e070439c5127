//! How a lock gets from one to the next: by a message, in order, and to one at a time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use larder::{ErrorKind, Larder, Lock};

use crate::exclusion::until_queued;
use crate::fleet::Fleet;
use crate::support::monitor::Monitored;
use crate::support::server::RedisServer;

const LONG: Duration = Duration::from_mins(1);

on_each_backend!(
    a_fair_lock_goes_round_in_the_order_of_coming,
    whoever_comes_after_the_clock_was_set_back_comes_last,
    who_gives_up_leaves_the_queue,
    readers_that_wait_side_by_side_get_in_together,
    who_waits_when_the_larder_is_closed_is_told_that,
);

async fn a_fair_lock_goes_round_in_the_order_of_coming(fleet: Fleet) {
    let nodes = [fleet.node().await, fleet.node().await];
    let guard = nodes[0].lock("jobs").acquire("a").await.unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut waiters = Vec::new();
    for number in 0..10 {
        let lock = nodes[number % 2].lock("jobs").fair().wait(LONG);
        let order = Arc::clone(&order);
        waiters.push(tokio::spawn(async move {
            let come = async { order.lock().unwrap().push(number) };
            lock.run("a", come).await.unwrap();
        }));
        until_queued(&fleet, number + 1).await;
    }
    guard.release().await.unwrap();
    for waiter in waiters {
        waiter.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), (0..10).collect::<Vec<_>>());
}

async fn whoever_comes_after_the_clock_was_set_back_comes_last(fleet: Fleet) {
    let node = fleet.node().await;
    let guard = node.lock("jobs").acquire("a").await.unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut waiters = Vec::new();
    for number in 0..2 {
        let lock = node.lock("jobs").fair().wait(LONG);
        let order = Arc::clone(&order);
        waiters.push(tokio::spawn(async move {
            let come = async { order.lock().unwrap().push(number) };
            lock.run("a", come).await.unwrap();
        }));
        until_queued(&fleet, number + 1).await;
        if number == 0 {
            came_an_hour_later(&fleet).await;
        }
    }
    guard.release().await.unwrap();
    for waiter in waiters {
        waiter.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), [0, 1]);
}

/// Whoever is in the queue has come an hour later by the clock of then: it has been set back since.
async fn came_an_hour_later(fleet: &Fleet) {
    use larder_runtime::backend::Command;
    const QUEUE: &str = "{app::~jobs:1:a}:queue";

    let stranger = fleet.stranger().await;
    let first = Command::new("ZRANGE").arg(QUEUE).arg(0_u64).arg(0_u64);
    let first = stranger.run(first).await.into_array("ZRANGE").unwrap();
    let first = first[0].clone().into_bytes("ZRANGE").unwrap().unwrap();
    let later = Command::new("ZINCRBY").arg(QUEUE).arg(3_600_000_000_u64);
    stranger.run(later.arg(first)).await;
}

async fn who_gives_up_leaves_the_queue(fleet: Fleet) {
    let node = fleet.node().await;
    let guard = node.lock("jobs").acquire("a").await.unwrap();
    let lock = node.lock("jobs").fair().wait(LONG);
    let waiter = tokio::spawn(async move { lock.acquire("a").await.map(drop) });
    until_queued(&fleet, 1).await;
    waiter.abort();
    until_queued(&fleet, 0).await;
    let short = node.lock("jobs").fair().wait(Duration::from_millis(50));
    assert!(short.acquire("a").await.is_err());
    until_queued(&fleet, 0).await;
    guard.release().await.unwrap();
    drop(node.lock("jobs").wait(LONG).acquire("a").await.unwrap());
}

async fn who_waits_when_the_larder_is_closed_is_told_that(fleet: Fleet) {
    let (one, other) = (fleet.node().await, fleet.node().await);
    let _guard = one.lock("jobs").lease(LONG).acquire("a").await.unwrap();
    let lock = other.lock("jobs").wait(LONG);
    let waiting = tokio::spawn(async move { lock.acquire("a").await.map(drop) });
    let stranger = fleet.stranger().await;
    stranger.until_heard("{app::~jobs:1:a}:queue", 1).await;
    other.close().await;
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
}

/// At once, and when it is found out while somebody waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_listen_is_told_what_to_allow_and_what_the_server_says() {
    use std::error::Error as _;

    let server = RedisServer::builder()
        .acl_user_with("app", "secret", "~* &* +@all")
        .start();
    let builder = || Larder::builder().url(server.url()).app("app");
    let (one, other) = (builder().build().await, builder().build().await);
    let (one, other) = (one.unwrap(), other.unwrap());
    let _guard = one.lock("jobs").lease(LONG).acquire("a").await.unwrap();
    let waiting = |lock: Lock| tokio::spawn(async move { lock.acquire("a").await.map(drop) });
    let while_it_waits = waiting(other.lock("jobs").wait(LONG));
    let behind_him = waiting(other.lock("jobs").wait(LONG));
    let heard = ["PUBLISH", "{app::~jobs:1:a}:queue", ""];
    while server.command(&heard) != "1" {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Which ends the connections of those who listen.
    server.command(&["ACL", "SETUSER", "app", "resetchannels"]);
    let at_once = waiting(one.lock("jobs").wait(LONG));
    for refused in [while_it_waits, behind_him, at_once] {
        let error = refused.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.message().contains("`&*`"), "{error}");
        let cause = error.source().expect("a cause").to_string();
        assert!(cause.contains("NOPERM"), "{cause}");
    }
}

async fn readers_that_wait_side_by_side_get_in_together(fleet: Fleet) {
    let node = fleet.node().await;
    let guard = node.lock("jobs").acquire("a").await.unwrap();
    let mut readers = Vec::new();
    let met = Arc::new(tokio::sync::Barrier::new(3));
    for number in 0..3 {
        let lock = node.lock("jobs").fair().wait(LONG);
        let met = Arc::clone(&met);
        readers.push(tokio::spawn(async move {
            let guard = lock.read("a").await.unwrap();
            // Each waits within for the others.
            met.wait().await;
            guard.release().await.unwrap();
        }));
        until_queued(&fleet, number + 1).await;
    }
    guard.release().await.unwrap();
    for reader in readers {
        reader.await.unwrap();
    }
}

/// How often each command was sent by clients, in this account.
fn sent(commands: &[Monitored]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for command in commands.iter().filter(|command| command.client != "lua") {
        *counts.entry(command.words[0].to_uppercase()).or_default() += 1;
    }
    counts
}

/// Ready when so many connections listen to the news of the key `a`.
async fn until_heard(server: &RedisServer, listeners: usize) {
    loop {
        let heard = server.command(&["PUBSUB", "NUMSUB", "{app::~jobs:1:a}:queue"]);
        if heard.lines().last() == Some(&listeners.to_string()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn wakes_without_polling(make: impl Fn(Lock) -> Lock) {
    let fleet = Fleet::redis();
    let Fleet::Redis(server) = &fleet else {
        panic!("it is Redis")
    };
    let (one, other) = (fleet.node().await, fleet.node().await);
    let guard = one.lock("jobs").acquire("a").await.unwrap();
    let mut monitor = server.monitor();
    let lock = make(other.lock("jobs").wait(LONG));
    let waiter = tokio::spawn(async move { lock.acquire("a").await.unwrap() });
    until_heard(server, 1).await;
    // It asks, listens, and asks once more.
    let mut before = 0;
    while before < 2 {
        before += sent(&monitor.commands())
            .get("EVALSHA")
            .copied()
            .unwrap_or_default();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Any longer, and whoever polls would have.
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(sent(&monitor.commands()), BTreeMap::new());
    guard.release().await.unwrap();
    let guard = waiter.await.unwrap();
    // One gives it back, the other takes it, and listens no more.
    let mut commands = sent(&monitor.commands());
    commands.remove("UNSUBSCRIBE");
    let expected = ["HDEL", "PUBLISH", "EVALSHA"].map(|name| (name.to_owned(), 1));
    assert_eq!(commands, BTreeMap::from(expected));
    guard.release().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_is_woken_and_sends_nothing_meanwhile() {
    wakes_without_polling(|lock| lock).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_in_the_queue_is_woken_and_sends_nothing_meanwhile() {
    wakes_without_polling(Lock::fair).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_wakes_one_caller_a_process() {
    const CALLERS: usize = 50;
    let fleet = Fleet::redis();
    let Fleet::Redis(server) = &fleet else {
        panic!("it is Redis")
    };
    let node = fleet.node().await;
    let guard = node.lock("jobs").acquire("a").await.unwrap();
    let mut monitor = server.monitor();
    let waiters: Vec<_> = (0..CALLERS)
        .map(|_| {
            let lock = node.lock("jobs").wait(LONG);
            tokio::spawn(async move { lock.run("a", async {}).await.unwrap() })
        })
        .collect();
    until_heard(server, 1).await;
    guard.release().await.unwrap();
    for waiter in waiters {
        waiter.await.unwrap();
    }
    // Each asks when it comes, when it is its turn at the gate, when it is woken, and gives back.
    let scripts = sent(&monitor.commands())["EVALSHA"];
    assert!(scripts <= CALLERS * 4 + 2, "{scripts} scripts");
}

/// How long it takes from a release to the next holder, for `docs`: prints the distribution.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures, so it wants a quiet machine"]
async fn how_long_a_handover_takes() {
    let fleet = Fleet::redis();
    let (one, other) = (fleet.node().await, fleet.node().await);
    for (name, make) in [
        ("quick", (|lock| lock) as fn(Lock) -> Lock),
        ("fair", Lock::fair),
    ] {
        let mut times = Vec::new();
        for _ in 0..1_000 {
            let guard = one.lock("jobs").acquire("a").await.unwrap();
            let lock = make(other.lock("jobs").wait(LONG));
            let waiter = tokio::spawn(async move {
                let guard = lock.acquire("a").await.unwrap();
                (Instant::now(), guard)
            });
            tokio::time::sleep(Duration::from_millis(5)).await;
            let released = Instant::now();
            guard.release().await.unwrap();
            let (taken, guard) = waiter.await.unwrap();
            times.push(taken.saturating_duration_since(released));
            guard.release().await.unwrap();
        }
        times.sort_unstable();
        println!(
            "{name}: p50 {:?}, p99 {:?}, most {:?}",
            times[500], times[990], times[999]
        );
    }
}
