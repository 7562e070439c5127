//! Who holds a lock, and who does not meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use larder::{ErrorKind, Larder, Lock};

use crate::fleet::{Fleet, start};

on_each_backend!(
    one_holds_it_and_the_others_do_not,
    bodies_of_many_nodes_run_one_at_a_time,
    keys_tenants_applications_and_namespaces_are_apart,
    many_read_and_one_writes,
    readers_do_not_get_past_a_writer_in_the_queue,
    several_keys_are_taken_together_or_not_at_all,
    who_takes_several_never_waits_in_a_circle,
    a_lease_ends_by_itself,
    every_key_has_an_end,
    a_lease_that_cannot_be_kept_is_an_error,
    what_is_no_lock_is_an_error,
);

/// A wait that is not over before the test is.
const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(50);

fn jobs(node: &Larder) -> Lock {
    node.lock("jobs").wait(LONG)
}

async fn one_holds_it_and_the_others_do_not(fleet: Fleet) {
    let (one, other) = (fleet.node().await, fleet.node().await);
    let guard = jobs(&one).acquire("a").await.unwrap();
    assert!(guard.is_held());
    for node in [&one, &other] {
        assert!(jobs(node).try_acquire("a").await.unwrap().is_none());
        let busy = jobs(node).wait(SHORT).acquire("a").await.unwrap_err();
        assert_eq!(busy.kind(), ErrorKind::LockBusy);
        assert!(busy.is_temporary());
        assert!(jobs(node).try_acquire("b").await.unwrap().is_some());
    }
    guard.release().await.unwrap();
    assert!(jobs(&other).try_acquire("a").await.unwrap().is_some());
    assert_eq!(one.lock_stats("jobs").busy, 2);
}

/// Counts those that are inside.
#[derive(Default)]
struct Inside(AtomicUsize);

impl Inside {
    async fn visit(&self, rounds: usize) {
        let before = self.0.fetch_add(1, Ordering::SeqCst);
        assert_eq!(before, 0, "somebody else is inside");
        for _ in 0..rounds {
            tokio::task::yield_now().await;
        }
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn bodies_of_many_nodes_run_one_at_a_time(fleet: Fleet) {
    let inside = Arc::new(Inside::default());
    let mut calls = Vec::new();
    for number in 0..3 {
        let node = fleet.node().await;
        for _ in 0..10 {
            let inside = Arc::clone(&inside);
            let lock = if number == 0 {
                jobs(&node).fair()
            } else {
                jobs(&node)
            };
            calls.push(tokio::spawn(async move {
                for _ in 0..5 {
                    lock.run("a", inside.visit(5)).await.unwrap();
                }
            }));
        }
    }
    for call in calls {
        call.await.unwrap();
    }
}

async fn keys_tenants_applications_and_namespaces_are_apart(fleet: Fleet) {
    let node = fleet.node().await;
    let elsewhere = fleet.node_of("other").await;
    let _guard = jobs(&node).acquire("a").await.unwrap();
    let others = [
        jobs(&node.tenant("acme")),
        jobs(&elsewhere),
        node.lock("tasks"),
    ];
    for lock in others {
        assert!(lock.try_acquire("a").await.unwrap().is_some());
    }
    assert!(jobs(&node).try_acquire("a:b").await.unwrap().is_some());
    assert!(jobs(&node).try_acquire("a").await.unwrap().is_none());
}

async fn many_read_and_one_writes(fleet: Fleet) {
    let (one, other) = (fleet.node().await, fleet.node().await);
    let first = jobs(&one).read("a").await.unwrap();
    let second = jobs(&other).read("a").await.unwrap();
    assert!(first.is_held() && second.is_held());
    assert!(jobs(&one).try_acquire("a").await.unwrap().is_none());
    let writer = start(&other, async move {
        Larder::current()
            .unwrap()
            .lock("jobs")
            .wait(LONG)
            .acquire("a")
            .await
    });
    first.release().await.unwrap();
    assert!(jobs(&one).try_acquire("a").await.unwrap().is_none());
    second.release().await.unwrap();
    let writer = writer.await.unwrap().unwrap();
    let busy = jobs(&one).wait(SHORT).read("a").await.unwrap_err();
    assert_eq!(busy.kind(), ErrorKind::LockBusy);
    writer.release().await.unwrap();
    drop(jobs(&one).read("a").await.unwrap());
}

async fn readers_do_not_get_past_a_writer_in_the_queue(fleet: Fleet) {
    let node = fleet.node().await;
    let reader = jobs(&node).fair().read("a").await.unwrap();
    let lock = jobs(&node).fair();
    let writer = tokio::spawn(async move { lock.acquire("a").await });
    until_queued(&fleet, 1).await;
    // Neither one that queues nor one that does not.
    for lock in [jobs(&node).wait(SHORT).fair(), jobs(&node).wait(SHORT)] {
        let busy = lock.read("a").await.unwrap_err();
        assert_eq!(busy.kind(), ErrorKind::LockBusy);
    }
    reader.release().await.unwrap();
    drop(writer.await.unwrap().unwrap());
}

/// Ready when so many wait in the queue of the key `a`.
pub(crate) async fn until_queued(fleet: &Fleet, count: usize) {
    use larder_runtime::backend::Command;
    let stranger = fleet.stranger().await;
    loop {
        let card = Command::new("ZCARD").arg("{app::~jobs:1:a}:queue");
        if stranger.run(card).await.into_int("ZCARD").unwrap() == i64::try_from(count).unwrap() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn several_keys_are_taken_together_or_not_at_all(fleet: Fleet) {
    let node = fleet.node().await;
    let all = jobs(&node).acquire_all(&["b", "a", "b"]).await.unwrap();
    assert_eq!(all.fences().len(), 2);
    assert!(jobs(&node).try_acquire("a").await.unwrap().is_none());
    assert!(jobs(&node).try_acquire("b").await.unwrap().is_none());
    all.release().await.unwrap();
    let one = jobs(&node).acquire("b").await.unwrap();
    let busy = jobs(&node).wait(SHORT).acquire_all(&["a", "b"]).await;
    assert_eq!(busy.unwrap_err().kind(), ErrorKind::LockBusy);
    // What was taken of it is given back.
    drop(jobs(&node).acquire("a").await.unwrap());
    drop(one);
}

async fn who_takes_several_never_waits_in_a_circle(fleet: Fleet) {
    let inside = Arc::new(Inside::default());
    let mut calls = Vec::new();
    for keys in [["a", "b"], ["b", "a"], ["a", "b"], ["b", "a"]] {
        let (lock, inside) = (jobs(&fleet.node().await), Arc::clone(&inside));
        calls.push(tokio::spawn(async move {
            for _ in 0..10 {
                let guard = lock.acquire_all(&keys).await.unwrap();
                guard.run(inside.visit(3)).await.unwrap();
                guard.release().await.unwrap();
            }
        }));
    }
    for call in calls {
        call.await.unwrap();
    }
}

async fn a_lease_ends_by_itself(fleet: Fleet) {
    let (one, other) = (fleet.node().await, fleet.node().await);
    let lease = Duration::from_secs(1);
    let guard = jobs(&one).lease(lease).acquire("a").await.unwrap();
    let first = guard.fence();
    // Nobody renews it and nobody gives it back: its holder has died.
    one.close().await;
    drop(guard);
    let early = jobs(&other).try_acquire("a").await.unwrap();
    assert!(early.is_none(), "closing has given it back");
    let guard = jobs(&other).acquire("a").await.unwrap();
    assert!(guard.fence() > first);
}

async fn every_key_has_an_end(fleet: Fleet) {
    let node = fleet.node().await;
    let guard = jobs(&node).acquire("a").await.unwrap();
    let reader = jobs(&node).read("b").await.unwrap();
    let lock = jobs(&node).fair();
    let waiting = tokio::spawn(async move { lock.acquire("a").await.map(drop) });
    until_queued(&fleet, 1).await;
    let keys = fleet.stranger().await.times_to_live().await;
    assert_eq!(keys.len(), 3, "{keys:?}");
    assert!(keys.iter().all(|(_, left)| *left > 0), "{keys:?}");
    drop((guard, reader));
    waiting.await.unwrap().unwrap();
}

async fn a_lease_that_cannot_be_kept_is_an_error(fleet: Fleet) {
    let node = fleet.node().await;
    let short = jobs(&node).lease(Duration::from_millis(5));
    let error = short.acquire("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

async fn what_is_no_lock_is_an_error(fleet: Fleet) {
    let node = fleet.node().await;
    fleet
        .stranger()
        .await
        .set("app::~jobs:1:a", b"garbage")
        .await;
    let error = jobs(&node).acquire("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongType);
}
