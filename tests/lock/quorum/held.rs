//! What a majority keeps: who holds, for how long, and with which fence. Embedded servers in
//! virtual time.

use std::time::Duration;

use larder::testing::{LinkControl, MemoryBackend};
use larder::{ErrorKind, Larder, LockGuard, MemoryServer, lock};
use larder_runtime::backend::{Backend, Call, Command, Reply, Resend};

use super::{LEASE, Three, jobs};
use crate::holders;

async fn run(server: &MemoryServer, command: Command) -> Reply {
    let call = Call {
        deadline: server.clock().now() + Duration::from_secs(1),
        resend: Resend::Never,
    };
    server.connect().run(&command, &call).await.unwrap()
}

async fn left(server: &MemoryServer) -> i64 {
    let left = run(server, holders::left("app::~jobs:1:a")).await;
    left.into_int("EVAL").unwrap()
}

#[tokio::test(start_paused = true)]
async fn one_holds_it_and_the_others_do_not() {
    let three = Three::new();
    let ((one, _), (other, _)) = (three.node(), three.node());
    let guard = jobs(&one).acquire("a").await.unwrap();
    assert!(jobs(&other).try_acquire("a").await.unwrap().is_none());
    drop(jobs(&other).acquire("b").await.unwrap());
    guard.release().await.unwrap();
    let readers = (jobs(&one).read("a").await, jobs(&other).read("a").await);
    assert!(readers.0.is_ok() && readers.1.is_ok());
    assert!(jobs(&one).try_acquire("a").await.unwrap().is_none());
}

/// A lock of a quorum and one of the Larder's server are two, also where a body may take its lock
/// again.
#[tokio::test(start_paused = true)]
async fn locks_of_the_server_and_of_the_quorum_are_apart() {
    let (node, _) = Three::new().node();
    let (plain, of_a_quorum) = (node.lock("jobs").reentrant(), jobs(&node).reentrant());
    let held = plain.acquire("a").await.unwrap();
    let within = held.run(async {
        let guard: LockGuard = of_a_quorum.acquire("a").await.unwrap();
        let again = guard.run(async { of_a_quorum.acquire("a").await.unwrap().fence() });
        assert_eq!(again.await.unwrap(), guard.fence());
        assert_ne!(guard.fence(), lock::fence().unwrap());
    });
    within.await.unwrap();
}

/// Two of three servers know who holds it; one of them forgets, and its place is taken by one that
/// never knew. The others must wait for the lease.
#[tokio::test(start_paused = true)]
async fn a_server_that_has_forgotten_does_not_count() {
    let three = Three::known().await;
    let ((one, links), (other, _)) = (three.node(), three.node());
    links[2].cut();
    let guard = jobs(&one).acquire("a").await.unwrap();
    links.iter().for_each(LinkControl::black_hole);
    run(&three.0[0], Command::new("FLUSHALL")).await;
    let body = guard.run(std::future::pending::<()>());
    let patient = jobs(&other).wait(LEASE * 3);
    let next = patient.acquire("a");
    tokio::pin!(next);
    tokio::select! {
        biased;
        lost = body => assert_eq!(lost.unwrap_err().kind(), ErrorKind::LockLost),
        next = &mut next => panic!("two have it: {next:?}"),
    }
    assert!(next.await.unwrap().fence() > guard.fence());
}

/// With two of three new servers nobody can say whether the third, which is away, has given it out.
#[tokio::test(start_paused = true)]
async fn new_servers_must_all_be_there() {
    let three = Three::new();
    let (node, links) = three.node();
    links[1].cut();
    let lock = jobs(&node).wait(Duration::from_millis(500));
    let error = lock.acquire("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.to_string().contains("begun to remember"), "{error}");
    tokio::time::sleep(LEASE).await;
    drop(lock.acquire("a").await.unwrap());
}

/// The greatest fence is known to a majority before the body runs: so the next one is greater,
/// whichever servers give it.
#[tokio::test(start_paused = true)]
async fn fences_grow_over_servers_whose_clocks_differ() {
    let three = Three::known().await;
    // An hour apart.
    three.0[0].clock().advance(Duration::from_hours(1));
    let (node, links) = three.node();
    let mut last = 0;
    for round in 0..12 {
        // Another server is away each time.
        let away = &links[round % 3];
        away.cut();
        let guard = jobs(&node).acquire("a").await.unwrap();
        assert!(guard.fence() > last, "round {round}");
        last = guard.fence();
        guard.release().await.unwrap();
        away.heal();
    }
}

/// The body is stopped while a majority still has the lock.
#[tokio::test(start_paused = true)]
async fn a_body_is_stopped_before_a_majority_can_give_the_lock_away() {
    for begin in (0..6_000).step_by(97) {
        let three = Three::known().await;
        let (node, links) = three.node();
        links[2].cut();
        let guard = jobs(&node).acquire("a").await.unwrap();
        let body = guard.run(std::future::pending::<()>());
        let away = async {
            tokio::time::sleep(Duration::from_millis(begin)).await;
            links[0].black_hole();
        };
        let (stopped, ()) = tokio::join!(body, away);
        assert_eq!(stopped.unwrap_err().kind(), ErrorKind::LockLost);
        let left = left(&three.0[0]).await;
        assert!(left > 0 && left <= 100, "{left} ms, begun after {begin} ms");
    }
}

/// Stalls of all servers that are shorter than the lease.
#[tokio::test(start_paused = true)]
async fn a_stall_shorter_than_the_lease_loses_no_lock() {
    for begin in (0..3_000).step_by(173) {
        let three = Three::known().await;
        let (node, links) = three.node();
        let guard = jobs(&node).acquire("a").await.unwrap();
        let body = guard.run(tokio::time::sleep(LEASE * 3));
        let stall = async {
            tokio::time::sleep(Duration::from_millis(begin)).await;
            links.iter().for_each(LinkControl::black_hole);
            tokio::time::sleep(LEASE / 2).await;
            links.iter().for_each(LinkControl::heal);
        };
        let (body, ()) = tokio::join!(body, stall);
        body.unwrap_or_else(|error| panic!("a stall after {begin} ms: {error}"));
        guard.release().await.unwrap();
    }
}

/// A server that has given the lock and whose answer got lost has it back too.
#[tokio::test(start_paused = true)]
async fn it_is_given_back_where_the_answer_got_lost() {
    let three = Three::known().await;
    let (node, links) = three.node();
    links[1].lose_reply_of_next(1);
    let guard = jobs(&node).acquire("a").await.unwrap();
    assert!(left(&three.0[1]).await > 0);
    guard.release().await.unwrap();
    for server in &three.0 {
        assert_eq!(left(server).await, -2);
    }
    // A majority has said yes, and then nobody any more: nothing was had.
    let mistaken = jobs(&node).wait(Duration::from_millis(100));
    links[0].cut();
    links[1].lose_reply_of_next(5);
    mistaken.acquire("a").await.unwrap_err();
    links.iter().for_each(LinkControl::heal);
    tokio::time::sleep(Duration::from_secs(1)).await;
    for server in &three.0 {
        assert_eq!(left(server).await, -2);
    }
}

/// Two of five servers have given the lock in a try that failed. What takes it back comes late,
/// when the next try has succeeded.
#[tokio::test(start_paused = true)]
async fn what_comes_late_of_one_try_is_no_part_of_the_next() {
    let servers: [_; 5] = std::array::from_fn(|_| MemoryServer::new());
    let node = || {
        let links = servers.each_ref().map(MemoryServer::connect);
        let controls = links.each_ref().map(MemoryBackend::control);
        let builder = Larder::builder().app("app");
        let builder = builder.quorum_on_memory_links(links.into());
        (builder.on_memory(&MemoryServer::new()), controls)
    };
    let ((one, links), (other, others)) = (node(), node());
    drop(jobs(&one).acquire("others").await.unwrap());
    tokio::time::sleep(LEASE * 2).await;

    // The other one has three of them, and these two are free.
    others[..2].iter().for_each(LinkControl::cut);
    let held = jobs(&other).acquire("a").await.unwrap();
    others[..2].iter().for_each(LinkControl::heal);
    let began = tokio::time::Instant::now();
    let at = |millis| tokio::time::sleep_until(began + Duration::from_millis(millis));
    links[2..]
        .iter()
        .for_each(|link| link.delay_requests(Duration::from_millis(20)));
    let waiting = jobs(&one);
    let waiting = tokio::spawn(async move { waiting.acquire("a").await });
    // The two have given it. After 20 ms the three have refused it, and the two are told that it is
    // given back, which arrives after 70.
    at(10).await;
    links[..2]
        .iter()
        .for_each(|link| link.delay_requests(Duration::from_millis(50)));
    at(30).await;
    links[..2]
        .iter()
        .for_each(|link| link.delay_requests(Duration::ZERO));
    held.release().await.unwrap();
    // The next try begins after 40, and one of the three is there for it.
    at(45).await;
    links[3..].iter().for_each(LinkControl::cut);
    let guard = waiting.await.unwrap().unwrap();
    at(200).await;
    assert!(guard.is_held());
    let mut having = 0;
    for server in &servers {
        having += usize::from(left(server).await > 0);
    }
    assert!(having >= 3, "{having} of 5 servers know who holds it");
    guard.release().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_acquisition_may_be_dropped_anywhere() {
    for millis in 0..40 {
        let three = Three::new();
        let ((dropped, links), (other, _)) = (three.node(), three.node());
        for (number, link) in links.iter().enumerate() {
            link.delay_requests(Duration::from_millis(2 + number as u64));
            link.delay_replies(Duration::from_millis(3));
        }
        let run = jobs(&dropped);
        let run = run.run("a", tokio::time::sleep(Duration::from_millis(5)));
        let _ = tokio::time::timeout(Duration::from_millis(millis), run).await;
        let soon = jobs(&other).wait(Duration::from_millis(300));
        let next = soon.acquire("a").await;
        drop(next.unwrap_or_else(|error| panic!("dropped after {millis} ms: {error}")));
    }
}

#[tokio::test(start_paused = true)]
async fn every_key_has_an_end() {
    let three = Three::new();
    let (node, _): (Larder, _) = three.node();
    let guard = jobs(&node).acquire_all(&["a", "b"]).await.unwrap();
    tokio::time::sleep(LEASE * 2).await;
    for server in &three.0 {
        for key in server_keys(server).await {
            let left = run(server, Command::new("PTTL").arg(&key)).await;
            assert!(left.into_int("PTTL").unwrap() > 0, "{key}");
        }
    }
    guard.release().await.unwrap();
}

async fn server_keys(server: &MemoryServer) -> Vec<String> {
    let scan = Command::new("SCAN").arg("0").arg("COUNT").arg("1000");
    let page = run(server, scan).await;
    let page = page.into_array("SCAN").unwrap();
    let keys = page[1].clone().into_array("SCAN").unwrap();
    let text = |key: Reply| key.into_bytes("SCAN").unwrap().unwrap();
    let keys: Vec<_> = keys
        .into_iter()
        .map(|key| String::from_utf8(text(key)).unwrap())
        .collect();
    assert!(keys.contains(&"app::!memory:1:".to_owned()), "{keys:?}");
    keys
}
