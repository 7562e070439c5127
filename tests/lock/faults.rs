//! Networks and servers that fail while locks are asked for, waited for and held.

use std::sync::Arc;
use std::time::Duration;

use larder::testing::LinkControl;
use larder::{ErrorKind, Larder, MemoryServer};
use tokio::time::Instant;

use crate::fleet::{Fleet, Stranger};
use crate::holders;
use crate::support::runtimes::alive_tasks;
use crate::support::server::RedisServer;

const LEASE: Duration = Duration::from_secs(3);

fn node(server: &MemoryServer) -> (Larder, LinkControl) {
    let link = server.connect();
    let control = link.control();
    (Larder::builder().app("app").on_memory_link(link), control)
}

async fn left(stranger: &Stranger) -> i64 {
    let left = holders::left("app::~jobs:1:a");
    stranger.run(left).await.into_int("EVAL").unwrap()
}

/// Whatever the stall begins with, as long as it is shorter than what is left of the lease.
#[tokio::test(start_paused = true)]
async fn a_stall_shorter_than_the_lease_loses_no_lock() {
    for begin in (0..3_000).step_by(97) {
        let server = MemoryServer::new();
        let (one, link) = node(&server);
        let (other, _) = node(&server);
        let guard = one.lock("jobs").lease(LEASE).acquire("a").await.unwrap();
        let body = guard.run(tokio::time::sleep(LEASE * 4));
        let stall = async {
            tokio::time::sleep(Duration::from_millis(begin)).await;
            if begin % 2 == 0 {
                link.black_hole();
            } else {
                link.delay_requests(LEASE);
            }
            tokio::time::sleep(LEASE / 2).await;
            link.heal();
            assert!(other.lock("jobs").try_acquire("a").await.unwrap().is_none());
        };
        let (body, ()) = tokio::join!(body, stall);
        body.unwrap_or_else(|error| panic!("a stall after {begin} ms: {error}"));
        guard.release().await.unwrap();
    }
}

/// The body is stopped while the lock is still there.
#[tokio::test(start_paused = true)]
async fn a_body_is_stopped_before_its_lease_can_end() {
    for begin in (0..3_000).step_by(97) {
        let server = MemoryServer::new();
        let fleet = Fleet::Memory(server.clone());
        let stranger = fleet.stranger().await;
        let (one, link) = node(&server);
        let guard = one.lock("jobs").lease(LEASE).acquire("a").await.unwrap();
        let body = guard.run(std::future::pending::<()>());
        let away = async {
            tokio::time::sleep(Duration::from_millis(begin)).await;
            link.black_hole();
        };
        let (stopped, ()) = tokio::join!(body, away);
        assert_eq!(stopped.unwrap_err().kind(), ErrorKind::LockLost);
        let left = left(&stranger).await;
        assert!(
            left > 0,
            "a black hole after {begin} ms: the body has outlived its lease"
        );
        // And not too early: it had two thirds of the lease at least.
        assert!(left <= 40, "{left} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_got_lost_keeps_nobody_out() {
    let server = MemoryServer::new();
    let (one, link) = node(&server);
    let (other, _) = node(&server);
    // It took the lock, and does not know.
    link.lose_reply_of_next(1);
    let error = one.lock("jobs").acquire("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    link.heal();
    let guard = other.lock("jobs").acquire("a").await.unwrap();
    // It gives it back, and does not know.
    drop(guard);
    let start = Instant::now();
    drop(one.lock("jobs").acquire("a").await.unwrap());
    assert!(start.elapsed() < Duration::from_secs(1));
}

/// The same request, sent again, is the same holder.
#[tokio::test(start_paused = true)]
async fn a_request_that_is_sent_again_does_not_wait_for_itself() {
    for lost in 1..4 {
        let server = MemoryServer::new();
        let (one, link) = node(&server);
        let (other, _) = node(&server);
        link.lose_reply_of_next(lost);
        let lock = one.lock("jobs");
        let acquiring = tokio::spawn(async move { lock.try_acquire("a").await });
        for _ in 0..lost {
            // The connection breaks, as it does when a server goes down before it has answered.
            tokio::time::sleep(Duration::from_millis(50)).await;
            link.cut();
            link.heal();
            link.lose_reply_of_next(0);
        }
        let guard = acquiring
            .await
            .unwrap()
            .unwrap()
            .expect("nobody else has it");
        assert!(other.lock("jobs").try_acquire("a").await.unwrap().is_none());
        // Nor does giving back twice take it from the next.
        link.lose_reply_of_next(1);
        let releasing = tokio::spawn(guard.release());
        let next = other.lock("jobs").acquire("a").await.unwrap();
        link.cut();
        link.heal();
        releasing.await.unwrap().unwrap();
        assert!(next.is_held());
        assert!(one.lock("jobs").try_acquire("a").await.unwrap().is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_server_is_away_no_body_runs() {
    let server = MemoryServer::new();
    let (one, link) = node(&server);
    for _ in 0..2 {
        let start = Instant::now();
        link.cut();
        let lock = one.lock("jobs");
        let ran = lock.run("a", async { panic!("it must not run") }).await;
        let error = ran.map(|()| "it ran").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable);
        assert!(start.elapsed() <= Duration::from_secs(1));
    }
    assert_eq!(one.lock_stats("jobs").failed, 2);
    link.heal();
    one.lock("jobs").run("a", async {}).await.unwrap();
}

/// Nobody knows then who has the lock.
#[tokio::test(start_paused = true)]
async fn a_wait_that_is_over_while_the_server_is_away_says_so() {
    const WAIT: Duration = Duration::from_secs(5);
    for fair in [false, true] {
        let server = MemoryServer::new();
        let (one, _) = node(&server);
        let (other, link) = node(&server);
        let _guard = one.lock("jobs").acquire("a").await.unwrap();
        let mut lock = other.lock("jobs").wait(WAIT);
        if fair {
            lock = lock.fair();
        }
        let wait = |lock: larder::Lock| tokio::spawn(async move { lock.acquire("a").await });
        let start = Instant::now();
        let (first, second) = (wait(lock.clone()), wait(lock.clone()));
        tokio::time::sleep(WAIT / 5).await;
        link.black_hole();
        for waiting in [first, second] {
            let error = waiting.await.unwrap().map(drop).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        }
        assert!(
            start.elapsed() <= WAIT + Duration::from_millis(51),
            "{:?}",
            start.elapsed()
        );
        assert_eq!(other.lock_stats("jobs").busy, 0);
        link.heal();
        let error = wait(lock).await.unwrap().map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LockBusy, "{error}");
    }
}

/// What was never sent need not be given back, however many ask.
#[tokio::test(start_paused = true)]
async fn who_asks_in_vain_leaves_nothing_behind() {
    let server = MemoryServer::new();
    let (one, link) = node(&server);
    one.lock("jobs").run("a", async {}).await.unwrap();
    link.cut();
    let before = alive_tasks();
    for _ in 0..3 {
        one.lock("jobs").acquire("a").await.map(drop).unwrap_err();
        one.lock("jobs")
            .fair()
            .acquire("a")
            .await
            .map(drop)
            .unwrap_err();
    }
    assert!(alive_tasks() <= before);
}

/// What is sent again may have been heard the first time.
#[tokio::test(start_paused = true)]
async fn what_may_have_been_heard_is_given_back() {
    let server = MemoryServer::new();
    let (one, link) = node(&server);
    let (other, _) = node(&server);
    one.lock("jobs").run("a", async {}).await.unwrap();
    link.lose_reply_of_next(1);
    let lock = one.lock("jobs").lease(LEASE * 100);
    let acquiring = tokio::spawn(async move { lock.acquire("a").await.map(drop) });
    tokio::time::sleep(Duration::from_millis(50)).await;
    link.cut();
    let error = acquiring.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(other.lock("jobs").try_acquire("a").await.unwrap().is_none());
    link.heal();
    let start = Instant::now();
    drop(other.lock("jobs").acquire("a").await.unwrap());
    assert!(start.elapsed() < LEASE, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_wait_goes_on_after_an_outage() {
    for fair in [false, true] {
        let server = MemoryServer::new();
        let (one, _) = node(&server);
        let (other, link) = node(&server);
        let guard = one.lock("jobs").acquire("a").await.unwrap();
        let mut lock = other.lock("jobs").wait(Duration::from_secs(20));
        if fair {
            lock = lock.fair();
        }
        let waiting = tokio::spawn(async move { lock.acquire("a").await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        link.cut();
        tokio::time::sleep(Duration::from_secs(4)).await;
        // What is told meanwhile is missed.
        guard.release().await.unwrap();
        link.heal();
        let start = Instant::now();
        drop(waiting.await.unwrap().unwrap());
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "{:?}",
            start.elapsed()
        );
    }
}

/// The first of the queue has died: the others wait for a second, and for no lease.
#[tokio::test(start_paused = true)]
async fn a_waiter_that_has_died_costs_a_second() {
    let server = MemoryServer::new();
    let (one, _) = node(&server);
    let (dead, link) = node(&server);
    let (other, _) = node(&server);
    let wait = Duration::from_mins(1);
    let guard = one.lock("jobs").acquire("a").await.unwrap();
    let lock = dead.lock("jobs").fair().wait(wait);
    let first = tokio::spawn(async move { lock.acquire("a").await.map(drop) });
    tokio::time::sleep(Duration::from_millis(10)).await;
    link.black_hole();
    first.abort();
    let lock = other.lock("jobs").fair().wait(wait);
    let second = tokio::spawn(async move { lock.acquire("a").await });
    tokio::time::sleep(Duration::from_millis(10)).await;
    let start = Instant::now();
    guard.release().await.unwrap();
    drop(second.await.unwrap().unwrap());
    let waited = start.elapsed();
    assert!(
        waited >= Duration::from_millis(900) && waited < Duration::from_millis(1_200),
        "{waited:?}"
    );
}

/// The failure of `rslock` 0.10: a server that does not answer for 700 ms while a lock is renewed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_for_less_than_the_lease_loses_no_lock() {
    let server = Arc::new(RedisServer::start());
    let builder = Larder::builder().url(server.url()).app("app");
    let one = builder
        .command_timeout(Duration::from_millis(200))
        .build()
        .await
        .unwrap();
    let guard = one.lock("jobs").lease(LEASE).acquire("a").await.unwrap();
    let stalls = async {
        for round in 0..3 {
            // In the midst of a renewal, and otherwise.
            tokio::time::sleep(Duration::from_millis(1_000 - 200 * round)).await;
            if round == 1 {
                server.command(&["CLIENT", "PAUSE", "700", "ALL"]);
                tokio::time::sleep(Duration::from_millis(700)).await;
            } else {
                server.pause();
                tokio::time::sleep(Duration::from_millis(700)).await;
                server.resume();
            }
            assert_eq!(server.command(&["HLEN", "app::~jobs:1:a"]), "2");
        }
        tokio::time::sleep(LEASE).await;
    };
    guard
        .run(stalls)
        .await
        .expect("the lock was ours all the time");
    guard.release().await.unwrap();
}

/// A server that has lost everything: the holder is told within a third of the lease, and its fence
/// is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_forgets_ends_the_body_and_its_fence_is_refused() {
    let mut server = RedisServer::start();
    let build = async |url: String| Larder::builder().url(url).app("app").build().await.unwrap();
    let (one, other) = (build(server.url()).await, build(server.url()).await);
    let guard = one.lock("jobs").lease(LEASE).acquire("a").await.unwrap();
    server.restart();
    let lock = other.lock("jobs").lease(LEASE);
    let next = loop {
        match lock.acquire("a").await {
            Ok(guard) => break guard,
            Err(error) => assert!(error.is_temporary(), "{error}"),
        }
    };
    assert!(next.fence() > guard.fence());
    let lost = guard.run(std::future::pending::<()>()).await.unwrap_err();
    assert_eq!(lost.kind(), ErrorKind::LockLost);
    assert!(next.is_held());
    let parcels = |node: &Larder| node.store::<u64>("parcels").durable().unwrap();
    parcels(&other)
        .set_fenced("a", &2, next.fence())
        .await
        .unwrap();
    let late = parcels(&one).set_fenced("a", &1, guard.fence()).await;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::LockLost);
}
