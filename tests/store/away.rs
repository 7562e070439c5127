//! What happens when the server is away, and that only what may be done twice is sent twice.

use std::future::Future;
use std::time::Duration;

use larder::{ErrorKind, Larder, MemoryServer, Result};
use larder_runtime::backend::memory::LinkControl;

use crate::support::server::RedisServer;
use crate::{numbers, word, words};

fn faulty_node() -> (MemoryServer, LinkControl, Larder) {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder()
        .command_timeout(Duration::from_secs(1))
        .on_memory_link(link);
    (server, control, node)
}

#[tokio::test(start_paused = true)]
async fn every_operation_ends_with_the_command_timeout() {
    let (server, control, larder) = faulty_node();
    let words = words(&larder);
    words.set("k", &word("x")).await.unwrap();
    control.black_hole();
    let began = server.clock().now();
    assert_eq!(words.get("k").await.unwrap_err().kind(), ErrorKind::Timeout);
    assert!(server.clock().now().saturating_since(began) <= Duration::from_secs(1));
    let began = server.clock().now();
    let mut pipeline = words.pipeline();
    pipeline.add(words.get("k"));
    pipeline.add(words.incr("n", 1));
    let error = pipeline.run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    for error in [
        words.update("k", |_| ()).await.unwrap_err(),
        words
            .compare_and_set("k", None, &word("y"))
            .await
            .unwrap_err(),
        words.clear().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    }
    assert!(server.clock().now().saturating_since(began) <= Duration::from_secs(4));
}

#[tokio::test(start_paused = true)]
async fn what_counts_fails_at_once_where_there_is_no_connection() {
    let (server, control, larder) = faulty_node();
    let words = words(&larder);
    control.cut();
    let began = server.clock().now();
    let error = words.incr("n", 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert_eq!(error.operation(), "INCRBY");
    assert!(server.clock().now().saturating_since(began).is_zero());
}

/// Whoever reads a log with many stores in it looks for this.
#[tokio::test(start_paused = true)]
async fn an_error_names_what_was_asked_and_of_which_store() {
    let (_server, control, larder) = faulty_node();
    let words = words(&larder);
    control.cut();
    for (error, operation) in [
        (words.get("k").await.unwrap_err(), "GET"),
        (words.get_many(["k"]).await.unwrap_err(), "GET"),
        (words.set_many([("k", word("x"))]).await.unwrap_err(), "SET"),
        (words.update("k", |_| ()).await.unwrap_err(), "update"),
        (words.clear().await.unwrap_err(), "clear"),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
        assert_eq!(error.operation(), operation);
        assert!(error.to_string().contains("namespace: words"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn reads_and_repeatable_writes_are_sent_again() {
    let (server, control, larder) = faulty_node();
    let words = words(&larder);
    let whole_after = |pause: u64| {
        let (control, clock) = (control.clone(), server.clock().clone());
        control.cut();
        tokio::spawn(async move {
            clock.sleep(Duration::from_millis(pause)).await;
            control.heal();
        })
    };
    let mut healing = whole_after(300);
    words.set("k", &word("x")).await.unwrap();
    healing.await.unwrap();
    healing = whole_after(300);
    assert_eq!(words.get("k").await.unwrap(), Some(word("x")));
    healing.await.unwrap();
    healing = whole_after(300);
    words.set_many([("k", word("y"))]).await.unwrap();
    healing.await.unwrap();
    healing = whole_after(300);
    words.hset("h", "f", &word("x")).await.unwrap();
    healing.await.unwrap();
    healing = whole_after(300);
    assert!(words.expire("h", crate::MINUTE).await.unwrap());
    healing.await.unwrap();
    healing = whole_after(300);
    let mut pipeline = words.pipeline();
    let found = pipeline.add(words.get("k"));
    pipeline.add(words.set("l", &word("z")));
    let mut answers = pipeline.run().await.unwrap();
    assert_eq!(answers.take(found).unwrap(), Some(word("y")));
    healing.await.unwrap();
}

/// What comes of an operation that the server runs, and whose answer is lost with the connection;
/// there is a new one at once.
async fn with_a_lost_answer<T>(
    control: &LinkControl,
    server: &MemoryServer,
    operation: impl Future<Output = Result<T>>,
) -> Result<T> {
    control.lose_reply_of_next(1);
    let breaks = async {
        server.clock().sleep(Duration::from_millis(10)).await;
        control.cut();
        control.heal();
    };
    tokio::join!(operation, breaks).0
}

#[tokio::test(start_paused = true)]
async fn what_counts_is_never_sent_twice() {
    let (server, control, larder) = faulty_node();
    let here = numbers(&larder);
    // The scripts are known, so that each operation is one request.
    here.incr("warm", 1).await.unwrap();
    here.set("value", &0).await.unwrap();
    here.update("value", |number| *number += 1).await.unwrap();
    here.rpush("pops", [1, 2, 3, 4, 5]).await.unwrap();

    let mut pipeline = here.pipeline();
    pipeline.add(here.get("n"));
    pipeline.add(here.incr("n", 1));
    let outcomes = [
        with_a_lost_answer(&control, &server, here.incr("n", 1))
            .await
            .err(),
        with_a_lost_answer(&control, &server, here.decr("down", 1))
            .await
            .err(),
        with_a_lost_answer(&control, &server, here.hincr("h", "f", 1))
            .await
            .err(),
        with_a_lost_answer(&control, &server, here.rpush("l", [1]))
            .await
            .err(),
        with_a_lost_answer(&control, &server, here.lpush("l", [1]))
            .await
            .err(),
        with_a_lost_answer(&control, &server, here.lpop("pops"))
            .await
            .err(),
        with_a_lost_answer(&control, &server, here.rpop("pops"))
            .await
            .err(),
        with_a_lost_answer(&control, &server, here.ltrim("pops", 1, -1))
            .await
            .err(),
        with_a_lost_answer(&control, &server, here.sadd("s", [1]))
            .await
            .err(),
        with_a_lost_answer(&control, &server, here.zadd("z", [(1, 1.0)]))
            .await
            .err(),
        with_a_lost_answer(&control, &server, here.delete("warm"))
            .await
            .err(),
        with_a_lost_answer(&control, &server, here.get_and_set("value", &5))
            .await
            .err(),
        with_a_lost_answer(
            &control,
            &server,
            here.compare_and_set("value", Some(&5), &6),
        )
        .await
        .err(),
        with_a_lost_answer(&control, &server, pipeline.run())
            .await
            .err(),
    ];
    for error in outcomes {
        assert_eq!(
            error.map(|error| error.kind()),
            Some(ErrorKind::Unreachable)
        );
    }

    assert_eq!(here.get("n").await.unwrap(), Some(2));
    assert_eq!(here.get("down").await.unwrap(), Some(-1));
    assert_eq!(here.hget("h", "f").await.unwrap(), Some(1));
    assert_eq!(here.llen("l").await.unwrap(), 2);
    assert_eq!(here.lrange("pops", 0, -1).await.unwrap(), [3, 4]);
    assert_eq!(here.get("value").await.unwrap(), Some(6));
}

#[tokio::test(start_paused = true)]
async fn what_says_the_same_again_survives_a_lost_answer() {
    let (server, control, larder) = faulty_node();
    let words = words(&larder);
    words.hset("h", "warm", &word("x")).await.unwrap();
    let (x, k) = (word("x"), "k");
    with_a_lost_answer(&control, &server, words.set(k, &x))
        .await
        .unwrap();
    with_a_lost_answer(&control, &server, words.set_many([(k, &x)]))
        .await
        .unwrap();
    with_a_lost_answer(&control, &server, words.hset("h", "f", &x))
        .await
        .unwrap();
    let found = with_a_lost_answer(&control, &server, words.get(k)).await;
    assert_eq!(found.unwrap(), Some(x));
    let there = with_a_lost_answer(&control, &server, words.expire(k, crate::MINUTE)).await;
    assert!(there.unwrap());
    let cleared = with_a_lost_answer(&control, &server, words.clear()).await;
    assert_eq!(cleared.unwrap(), 2);
}

/// Each of them may be done twice, and both together may not: the second time, who was first would
/// find what he has written himself.
#[tokio::test(start_paused = true)]
async fn what_asks_before_it_writes_is_sent_once() {
    let (server, control, larder) = faulty_node();
    let words = words(&larder);
    words.hset("warm", "f", &word("x")).await.unwrap();
    let mine = word("mine");
    for key in ["plain", "atomic"] {
        let pipeline = || match key {
            "atomic" => words.pipeline().atomic(),
            _ => words.pipeline(),
        };
        let (mut claim, mut swap, mut prolong) = (pipeline(), pipeline(), pipeline());
        claim.add(words.exists(&(key, "claim")));
        claim.add(words.set(&(key, "claim"), &mine));
        swap.add(words.get(&(key, "swap")));
        swap.add(words.hset(&(key, "swap"), "f", &mine));
        prolong.add(words.expire(&(key, "prolong"), crate::MINUTE));
        prolong.add(words.set(&(key, "prolong"), &mine));
        for pipeline in [claim, swap, prolong] {
            let outcome = with_a_lost_answer(&control, &server, pipeline.run()).await;
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Unreachable);
        }
    }
}

/// What is asked afterwards, or of other keys, is answered the same way again.
#[tokio::test(start_paused = true)]
async fn what_writes_before_it_asks_is_sent_again() {
    let (server, control, larder) = faulty_node();
    let words = words(&larder);
    words.hset("warm", "f", &word("x")).await.unwrap();
    for pipeline in [words.pipeline(), words.pipeline().atomic()] {
        let mut pipeline = pipeline;
        let other = pipeline.add(words.exists("other"));
        pipeline.add(words.set("k", &word("x")));
        let set = pipeline.add(words.get("k"));
        pipeline.add(words.set("k", &word("y")));
        pipeline.add(words.hset("h", "f", &word("x")));
        pipeline.add(words.hset("h", "g", &word("y")));
        let there = pipeline.add(words.expire("h", crate::MINUTE));
        let field = pipeline.add(words.hget("h", "f"));
        let outcome = with_a_lost_answer(&control, &server, pipeline.run()).await;
        let mut answers = outcome.unwrap();
        assert!(!answers.take(other).unwrap());
        assert_eq!(answers.take(set).unwrap(), Some(word("x")));
        assert!(answers.take(there).unwrap());
        assert_eq!(answers.take(field).unwrap(), Some(word("x")));
        answers.check().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_goes_away_and_comes_back() {
    let mut server = RedisServer::start();
    let larder = Larder::builder()
        .url(server.url())
        .command_timeout(Duration::from_secs(10))
        .build()
        .await
        .unwrap();
    let words = words(&larder);
    words.set("k", &word("x")).await.unwrap();
    server.kill();
    let error = words.incr("n", 1).await.unwrap_err();
    assert!(error.is_temporary(), "{error}");
    server.restart();
    // Reads are tried until the connection is back.
    assert_eq!(words.get("k").await.unwrap(), None, "with nothing in it");
    words.set("k", &word("y")).await.unwrap();
    assert_eq!(words.get("k").await.unwrap(), Some(word("y")));
    larder.close().await;
    let error = words.get("k").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
}

/// Whatever the server: who has closed a Larder knows nothing of links.
#[tokio::test(start_paused = true)]
async fn who_asks_a_closed_larder_is_told_that_it_was_closed() {
    let larder = Larder::memory();
    let words = words(&larder);
    larder.close().await;
    let error = words.get("k").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
    assert_eq!(error.message(), "this Larder was closed");
}
