//! How a lock of a quorum gets from one to the next. Embedded servers in virtual time.

use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use larder::{ErrorKind, Larder};
use tokio::time::Instant;

use super::{LEASE, Three, jobs};

const LONG: Duration = Duration::from_mins(5);

/// Who waits sends nothing, save what listening takes, and is woken by the servers.
#[tokio::test(start_paused = true)]
async fn who_waits_is_woken_and_sends_nothing_meanwhile() {
    let three = Three::known().await;
    let ((one, _), (other, links)) = (three.node(), three.node());
    let guard = jobs(&one).lease(LONG).acquire("a").await.unwrap();
    let lock = jobs(&other).lease(LONG).wait(LONG);
    let waiting = tokio::spawn(async move {
        let guard = lock.acquire("a").await.unwrap();
        (Instant::now(), guard)
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = links.each_ref().map(|link| link.round_trips().total());
    tokio::time::sleep(Duration::from_secs(30)).await;
    let after = links.each_ref().map(|link| link.round_trips().total());
    assert_eq!(before, after);
    guard.release().await.unwrap();
    let released = Instant::now();
    let (taken, _guard) = waiting.await.unwrap();
    assert!(taken - released < Duration::from_millis(20));
}

/// A message from any of the servers wakes, whichever of them does not tell.
#[tokio::test(start_paused = true)]
async fn a_server_that_tells_nothing_keeps_nobody_waiting() {
    for silent in 0..3 {
        let three = Three::known().await;
        let ((one, _), (other, links)) = (three.node(), three.node());
        let guard = jobs(&one).lease(LONG).acquire("a").await.unwrap();
        links[silent].lose_pushes();
        let lock = jobs(&other).lease(LONG).wait(LONG);
        let waiting = tokio::spawn(async move { lock.acquire("a").await.map(drop) });
        tokio::time::sleep(Duration::from_secs(1)).await;
        guard.release().await.unwrap();
        let released = Instant::now();
        waiting.await.unwrap().unwrap();
        assert!(released.elapsed() < Duration::from_millis(50));
    }
}

/// Many come at the same moment, from nodes that are near to one server each: votes are split, and
/// everybody gets his turn, alone.
#[tokio::test(start_paused = true)]
async fn votes_that_are_split_end_with_a_turn_for_everybody() {
    let three = Three::known().await;
    let inside = std::sync::Arc::new(AtomicU32::new(0));
    let mut visitors = Vec::new();
    for number in 0..12 {
        let (node, links) = three.node();
        for (server, link) in links.iter().enumerate() {
            let distance = if server == number % 3 { 1 } else { 4 };
            link.delay_requests(Duration::from_millis(distance));
            link.delay_replies(Duration::from_millis(distance));
        }
        let inside = std::sync::Arc::clone(&inside);
        visitors.push(tokio::spawn(async move {
            let body = async {
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                tokio::time::sleep(Duration::from_millis(5)).await;
                inside.fetch_sub(1, Ordering::SeqCst);
            };
            jobs(&node).wait(LEASE * 2).run("a", body).await
        }));
    }
    let begun = Instant::now();
    for visitor in visitors {
        visitor.await.unwrap().unwrap();
    }
    println!("12 turns in {:?}", begun.elapsed());
}

/// Servers that are silent from then on, when it is about to listen to them.
#[tokio::test(start_paused = true)]
async fn who_waits_is_not_kept_by_servers_that_let_nobody_listen() {
    let three = Three::known().await;
    let (holder, (node, links)) = (three.node().0, three.node());
    let long = Duration::from_mins(10);
    let _guard = jobs(&holder).lease(long).acquire("a").await.unwrap();
    let delay = Duration::from_millis(10);
    for link in &links {
        link.delay_replies(delay);
    }
    let lock = jobs(&node).lease(long).wait(Duration::from_millis(200));
    let began = Instant::now();
    let waiting = tokio::spawn(async move { lock.acquire("a").await.map(drop) });
    // It has heard that another has the lock, and does not hear yet that it may listen.
    tokio::time::sleep(delay * 3 / 2).await;
    links[0].black_hole();
    links[1].black_hole();
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    let took = began.elapsed();
    assert!(took < Duration::from_millis(1_500), "{took:?}");
}

/// Embedded servers answer at once, and need nobody who drives anything.
#[test]
fn a_lock_is_given_back_without_a_runtime() {
    let node = Larder::memory();
    let lock = node.lock("jobs").quorum();
    let guard = at_once(lock.acquire("a")).unwrap();
    at_once(guard.release()).unwrap();
    assert!(at_once(lock.try_acquire("a")).unwrap().is_some());
}

fn at_once<F: Future>(future: F) -> F::Output {
    let mut task = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut task) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits for something"),
    }
}
