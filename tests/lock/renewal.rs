//! Locks that are held for longer than their lease.

use std::time::Duration;

use larder::{ErrorKind, Larder, MemoryServer};

use crate::fleet::Fleet;

const LEASE: Duration = Duration::from_millis(600);

on_each_backend!(
    a_lock_is_held_for_as_long_as_its_guard,
    a_lock_that_was_taken_away_is_lost_and_its_body_stopped,
    guards_tell_that_their_lock_is_lost,
    what_somebody_puts_in_a_locks_place_loses_that_lock_alone,
);

async fn a_lock_is_held_for_as_long_as_its_guard(fleet: Fleet) {
    let (one, other) = (fleet.node().await, fleet.node().await);
    let lock = one.lock("jobs").lease(LEASE);
    let guard = lock.acquire("a").await.unwrap();
    let reader = lock.read("b").await.unwrap();
    let second = other.lock("jobs").lease(LEASE * 2).read("b").await.unwrap();
    for _ in 0..15 {
        tokio::time::sleep(LEASE / 3).await;
        assert!(other.lock("jobs").try_acquire("a").await.unwrap().is_none());
        assert!(other.lock("jobs").try_acquire("b").await.unwrap().is_none());
    }
    assert!(guard.is_held() && reader.is_held() && second.is_held());
    assert!(guard.left() <= LEASE);
    guard.release().await.unwrap();
    assert!(other.lock("jobs").try_acquire("a").await.unwrap().is_some());
}

async fn a_lock_that_was_taken_away_is_lost_and_its_body_stopped(fleet: Fleet) {
    let node = fleet.node().await;
    let lock = node.lock("jobs").lease(LEASE);
    let guard = lock.acquire("a").await.unwrap();
    fleet.stranger().await.delete("app::~jobs:1:a").await;
    let error = guard.run(std::future::pending::<()>()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LockLost);
    assert!(error.to_string().contains("jobs"), "{error}");
    assert_eq!(node.lock_stats("jobs").lost, 1);
    // It is not taken back from whoever has it now, and nobody is told that all was well.
    let next = lock.acquire("a").await.unwrap();
    assert_eq!(
        guard.release().await.unwrap_err().kind(),
        ErrorKind::LockLost
    );
    assert!(next.is_held());
    next.release().await.unwrap();
}

async fn guards_tell_that_their_lock_is_lost(fleet: Fleet) {
    let node = fleet.node().await;
    let guard = node
        .lock("jobs")
        .lease(LEASE)
        .acquire_all(&["a", "b"])
        .await
        .unwrap();
    assert!(guard.is_held());
    fleet.stranger().await.delete("app::~jobs:1:b").await;
    guard.lost().await;
    assert!(!guard.is_held());
    assert_eq!(guard.left(), Duration::ZERO);
}

async fn what_somebody_puts_in_a_locks_place_loses_that_lock_alone(fleet: Fleet) {
    let node = fleet.node().await;
    let lock = node.lock("jobs").lease(LEASE);
    let (a, b) = (
        lock.acquire("a").await.unwrap(),
        lock.acquire("b").await.unwrap(),
    );
    fleet
        .stranger()
        .await
        .set("app::~jobs:1:a", b"garbage")
        .await;
    a.lost().await;
    tokio::time::sleep(LEASE * 2).await;
    assert!(b.is_held());
}

/// 10,000 locks that are held cost one script a round.
#[tokio::test(start_paused = true)]
async fn ten_thousand_held_locks_are_renewed_by_one_script_a_round() {
    const LOCKS: usize = 10_000;
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().app("app").on_memory_link(link);
    let lock = node.lock("jobs").lease(Duration::from_secs(30));
    // The server is taught the script.
    let first = lock.acquire("first").await.unwrap();
    tokio::time::sleep(Duration::from_secs(11)).await;
    first.release().await.unwrap();
    let mut guards = Vec::new();
    for number in 0..LOCKS {
        guards.push(lock.acquire(&number).await.unwrap());
    }
    let before = control.round_trips();
    tokio::time::sleep(Duration::from_millis(10_500)).await;
    let once = control.round_trips().since(&before);
    assert_eq!((once.of("EVALSHA"), once.total()), (1, 1));
    tokio::time::sleep(Duration::from_secs(90)).await;
    let rounds = control.round_trips().since(&before).total();
    assert!((9..=11).contains(&rounds), "{rounds} rounds in 100 s");
    assert!(guards.iter().all(larder::LockGuard::is_held));
}

/// The same on Redis, in which they are taken over some time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_redis_too_one_script_renews_many() {
    let fleet = Fleet::redis();
    let Fleet::Redis(server) = &fleet else {
        panic!("it is Redis")
    };
    let node = fleet.node().await;
    let lease = Duration::from_secs(6);
    let lock = node.lock("jobs").lease(lease);
    let mut guards = Vec::new();
    for number in 0..1_000 {
        guards.push(lock.acquire(&number).await.unwrap());
    }
    server.reset_stats();
    tokio::time::sleep(lease * 3 / 2).await;
    // A round a third of a lease, and some more while they have not come together yet.
    let scripts = server.commandstats()["evalsha"];
    assert!(scripts <= 12, "{scripts} scripts");
    assert!(guards.iter().all(larder::LockGuard::is_held));
}
