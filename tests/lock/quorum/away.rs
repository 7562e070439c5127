//! Real servers that are killed, stopped and restarted.

use std::time::{Duration, Instant};

use larder::ErrorKind;

use super::{jobs, node_on, three};

/// As long as a lease that the tests wait out.
const LEASE: Duration = Duration::from_millis(1_500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_one_of_three_servers_killed_locks_go_on() {
    let mut servers = three();
    let (one, other) = (node_on(&servers).await, node_on(&servers).await);
    let lock = jobs(&one).lease(LEASE);
    // Held before, through it, and taken after.
    let guard = lock.acquire("a").await.unwrap();
    servers[0].kill();
    let stays = guard.run(tokio::time::sleep(LEASE * 2)).await;
    stays.expect("two servers keep it");
    assert!(jobs(&other).try_acquire("a").await.unwrap().is_none());
    let before = guard.fence();
    guard.release().await.unwrap();
    let guard = jobs(&other).lease(LEASE).acquire("a").await.unwrap();
    assert!(guard.fence() > before);
    assert!(lock.try_acquire("a").await.unwrap().is_none());
    guard.release().await.unwrap();
    let ran = lock.run("a", async { 7 }).await.unwrap();
    assert_eq!(ran, 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_two_of_three_servers_killed_no_body_runs() {
    let mut servers = three();
    let node = node_on(&servers).await;
    let guard = jobs(&node).lease(LEASE).acquire("a").await.unwrap();
    let began = Instant::now();
    servers[0].kill();
    servers[2].kill();
    // The body under the lock is stopped before its lease can have ended.
    let body = guard.run(std::future::pending::<()>());
    assert_eq!(body.await.unwrap_err().kind(), ErrorKind::LockLost);
    assert!(began.elapsed() < LEASE + Duration::from_secs(1));
    assert!(guard.release().await.is_err());
    let lock = jobs(&node).lease(LEASE).wait(Duration::from_millis(100));
    let ran = lock.run("b", async { panic!("it must not run") });
    let error = ran.await.map(|()| "it ran").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.to_string().contains("2 are needed"), "{error}");
    assert_eq!(node.lock_stats("jobs").failed, 1);
}

/// The servers are restarted one after the other, each empty, while a lock is held: it comes to be
/// known by each of them again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_lock_outlives_restarts_of_one_server_after_the_other() {
    let mut servers = three();
    let (one, other) = (node_on(&servers).await, node_on(&servers).await);
    let guard = jobs(&one).lease(LEASE).acquire("a").await.unwrap();
    let restarts = async {
        for server in &mut servers {
            server.restart();
            let began = Instant::now();
            while server.command(&["EXISTS", "app::~jobs:1:a"]) == "0" {
                assert!(began.elapsed() < Duration::from_secs(10));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            // The next fence is greater, whichever server gives it.
            let last: u64 = server
                .command(&["HGET", "app::~jobs:1:a", "last"])
                .parse()
                .unwrap();
            assert!(last >= guard.fence());
            let second = jobs(&other).lease(LEASE).wait(Duration::ZERO);
            assert!(second.acquire("a").await.is_err());
        }
    };
    guard
        .run(restarts)
        .await
        .expect("two servers know it always");
    guard.release().await.unwrap();
    let next = jobs(&other).lease(LEASE).acquire("a").await.unwrap();
    assert!(next.is_held());
}

/// One that says nothing costs neither the lock nor much time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_stopped_is_not_waited_for() {
    let servers = three();
    let node = node_on(&servers).await;
    let lock = jobs(&node).lease(LEASE);
    lock.run("a", async {}).await.unwrap();
    tokio::time::sleep(LEASE).await;
    servers[1].pause();
    // A majority answers within microseconds; a stopped server would take as long as a command may.
    let patience = Duration::from_secs(1);
    for _ in 0..5 {
        let guard = tokio::time::timeout(patience, lock.acquire("a"));
        let guard = guard.await.expect("a majority answers").unwrap();
        let released = tokio::time::timeout(patience, guard.release());
        released.await.expect("a majority answers").unwrap();
    }
    let guard = lock.acquire("a").await.unwrap();
    let stays = guard.run(tokio::time::sleep(LEASE * 2)).await;
    stays.expect("two servers keep it");
    servers[1].resume();
}
