//! One Larder may be used from several runtimes, of which one stands still or ends: what its
//! callers have begun holds up nobody of another.

use std::time::Duration;

use crate::fleet::{Fleet, PATIENCE};
use crate::support::still::Still;

const LEASE: Duration = Duration::from_millis(600);

on_each_backend!(
    who_waits_is_woken_beside_a_runtime_that_stands_still,
    who_waits_is_woken_after_a_runtime_has_ended,
    a_lock_is_renewed_beside_a_runtime_that_stands_still,
    a_lock_is_handed_on_past_who_stands_still,
);

async fn who_waits_is_woken_beside_a_runtime_that_stands_still(fleet: Fleet) {
    let (node, other, still) = (fleet.node().await, fleet.node().await, Still::new());
    let guard = other.lock("jobs").acquire("a").await.unwrap();
    let another = other.lock("jobs").acquire("b").await.unwrap();
    // It is the first of its node that listens, and its runtime would have to tell the server.
    let theirs = node.lock("jobs");
    still.begin(async move { theirs.acquire("b").await.map(drop) });
    let waiting = node.lock("jobs").wait(PATIENCE);
    let waiting = tokio::spawn(async move { waiting.acquire("a").await });
    tokio::time::sleep(LEASE).await;
    guard.release().await.unwrap();
    drop(waiting.await.unwrap().unwrap());
    drop(another);
}

async fn who_waits_is_woken_after_a_runtime_has_ended(fleet: Fleet) {
    let (node, other, still) = (fleet.node().await, fleet.node().await, Still::new());
    let guard = other.lock("jobs").acquire("a").await.unwrap();
    let another = other.lock("jobs").acquire("b").await.unwrap();
    let theirs = node.lock("jobs");
    still.begin(async move { theirs.acquire("b").await.map(drop) });
    drop(still);
    let waiting = node.lock("jobs").wait(PATIENCE);
    let waiting = tokio::spawn(async move { waiting.acquire("a").await });
    tokio::time::sleep(LEASE).await;
    guard.release().await.unwrap();
    drop(waiting.await.unwrap().unwrap());
    drop(another);
}

async fn a_lock_is_renewed_beside_a_runtime_that_stands_still(fleet: Fleet) {
    let (node, still) = (fleet.node().await, Still::new());
    let lock = node.lock("jobs").lease(LEASE);
    let theirs = still.run(lock.acquire("a")).unwrap();
    let ours = lock.acquire("b").await.unwrap();
    for _ in 0..9 {
        tokio::time::sleep(LEASE / 3).await;
        assert!(ours.is_held());
    }
    // As is one that was taken there and is held elsewhere.
    assert!(theirs.is_held());
    ours.release().await.unwrap();
    theirs.release().await.unwrap();
}

/// Within a runtime one waits at the server and the others behind him.
async fn a_lock_is_handed_on_past_who_stands_still(fleet: Fleet) {
    let (node, other, still) = (fleet.node().await, fleet.node().await, Still::new());
    let guard = other.lock("jobs").acquire("a").await.unwrap();
    let theirs = node.lock("jobs");
    still.begin(async move { theirs.acquire("a").await.map(drop) });
    let waiting = node.lock("jobs").wait(PATIENCE);
    let waiting = tokio::spawn(async move { waiting.acquire("a").await });
    tokio::time::sleep(LEASE).await;
    guard.release().await.unwrap();
    drop(waiting.await.unwrap().unwrap());
}
