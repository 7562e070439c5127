//! Futures that are dropped at whatever await: no lock outlives that, and nobody is kept waiting.

use std::time::Duration;

use larder::{Larder, Lock, MemoryServer};

/// Far less than a lease: whoever gets a lock within it has not waited for one to end.
const SOON: Duration = Duration::from_millis(200);

/// A node whose requests and replies take their time, so that there are many moments to be dropped
/// in.
fn slow_node(server: &MemoryServer) -> Larder {
    let link = server.connect();
    link.control().delay_requests(Duration::from_millis(3));
    link.control().delay_replies(Duration::from_millis(3));
    Larder::builder().app("app").on_memory_link(link)
}

/// Drops the future after each of these times, and sees that the locks can be had soon.
async fn dropped_at_every_moment<F: Future>(make: impl Fn(Lock) -> F, length: u64) {
    for millis in 0..length {
        let server = MemoryServer::new();
        let (dropped, other) = (slow_node(&server), slow_node(&server));
        let future = make(dropped.lock("jobs").wait(Duration::from_secs(9)));
        let ended = tokio::time::timeout(Duration::from_millis(millis), future).await;
        drop(ended);
        let lock = other.lock("jobs").wait(SOON);
        for key in ["a", "b"] {
            let guard = lock.acquire(key).await;
            guard
                .unwrap_or_else(|error| panic!("dropped after {millis} ms: {error}"))
                .release()
                .await
                .unwrap();
        }
        // Neither is there a place in a queue left behind.
        tokio::time::sleep(SOON).await;
        assert!(other.lock("jobs").try_acquire("a").await.unwrap().is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn an_acquisition_may_be_dropped_anywhere() {
    dropped_at_every_moment(async |lock: Lock| lock.acquire("a").await.map(drop), 20).await;
}

#[tokio::test(start_paused = true)]
async fn one_of_several_keys_may_be_dropped_anywhere() {
    let make = async |lock: Lock| lock.acquire_all(&["a", "b"]).await.map(drop);
    dropped_at_every_moment(make, 30).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_may_be_dropped_anywhere() {
    let make = async |lock: Lock| {
        let body = tokio::time::sleep(Duration::from_millis(5));
        lock.run("a", body).await
    };
    dropped_at_every_moment(make, 30).await;
}

#[tokio::test(start_paused = true)]
async fn a_fair_acquisition_may_be_dropped_anywhere() {
    let make = async |lock: Lock| {
        let held = lock.acquire("a").await;
        let waits = lock
            .fair()
            .wait(Duration::from_millis(15))
            .acquire("a")
            .await;
        drop((held, waits));
    };
    dropped_at_every_moment(make, 45).await;
}

/// A holder, one that waits and is dropped, and one behind that must not be kept waiting by it.
#[tokio::test(start_paused = true)]
async fn a_waiter_that_is_dropped_keeps_nobody_waiting() {
    for make in [(|lock| lock) as fn(Lock) -> Lock, Lock::fair] {
        for millis in 0..40 {
            let server = MemoryServer::new();
            let nodes = [slow_node(&server), slow_node(&server), slow_node(&server)];
            let guard = nodes[0].lock("jobs").acquire("a").await.unwrap();
            let first = make(nodes[1].lock("jobs").wait(Duration::from_secs(9)));
            let first = tokio::spawn(async move { first.acquire("a").await.map(drop) });
            tokio::time::sleep(Duration::from_millis(1)).await;
            let second = make(nodes[2].lock("jobs").wait(Duration::from_secs(9)));
            let second = tokio::spawn(async move { second.acquire("a").await });
            // The release comes in the midst of it.
            tokio::time::sleep(Duration::from_millis(20)).await;
            let releasing = tokio::spawn(guard.release());
            tokio::time::sleep(Duration::from_millis(millis)).await;
            first.abort();
            releasing.await.unwrap().unwrap();
            let start = tokio::time::Instant::now();
            drop(second.await.unwrap().unwrap());
            assert!(
                start.elapsed() < SOON,
                "after {millis} ms: {:?}",
                start.elapsed()
            );
        }
    }
}
