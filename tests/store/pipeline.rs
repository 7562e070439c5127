//! Operations that travel together.

use larder::{ErrorKind, Larder, MemoryServer};

use crate::fleet::Fleet;
use crate::{HOUR, is_about, numbers, user, users, word, words};

on_each_backend! {
    every_answer_has_its_type,
    a_failed_operation_does_not_lose_the_others,
    an_atomic_one_does_not_lose_them_either,
    what_cannot_be_sent_does_not_stop_the_others,
    what_cannot_be_sent_stops_an_atomic_pipeline,
    an_atomic_pipeline_is_never_seen_half_done,
    a_pipeline_of_nothing,
    many_operations,
    scripts_are_taught_again_when_the_server_has_forgotten_them,
}

async fn every_answer_has_its_type(fleet: Fleet) {
    let larder = fleet.node().await;
    for (stem, pipeline) in [
        ("plain", words(&larder).pipeline()),
        ("atomic", words(&larder).pipeline().atomic()),
    ] {
        let (words, users, numbers) = (words(&larder), users(&larder), numbers(&larder));
        let key = |name: &'static str| (stem, name);
        let mut pipeline = pipeline;
        let set = pipeline.add(users.set(&key("user"), &user("Ann")));
        let got = pipeline.add(users.get(&key("user")));
        let swapped = pipeline.add(users.get_and_set(&key("user"), &user("Bob")));
        let count = pipeline.add(numbers.incr(&key("n"), 5));
        let less = pipeline.add(numbers.decr(&key("n"), 2));
        let pushed = pipeline.add(words.rpush(&key("l"), [word("a"), word("b")]));
        let range = pipeline.add(words.lrange(&key("l"), 0, -1));
        let popped = pipeline.add(words.lpop(&key("l")));
        let hset = pipeline.add(words.hset(&key("h"), "f", &word("x")));
        let hall = pipeline.add(words.hgetall(&key("h")));
        let sadd = pipeline.add(words.sadd(&key("s"), [word("m")]));
        let member = pipeline.add(words.sismember(&key("s"), &word("m")));
        let zadd = pipeline.add(words.zadd(&key("z"), [(word("m"), 1.5)]));
        let zrange = pipeline.add(words.zrange(&key("z"), 0, -1));
        let score = pipeline.add(words.zscore(&key("z"), &word("m")));
        let ttl = pipeline.add(words.ttl(&key("z")));
        let gone = pipeline.add(words.delete(&key("z")));
        let none = pipeline.add(words.get(&key("none")));
        let mut answers = pipeline.run().await.unwrap();
        answers.check().unwrap();
        // In any order.
        assert_eq!(answers.take(none).unwrap(), None);
        answers.take(set).unwrap();
        assert_eq!(answers.take(got).unwrap(), Some(user("Ann")));
        assert_eq!(answers.take(swapped).unwrap(), Some(user("Ann")));
        assert_eq!(answers.take(count).unwrap(), 5);
        assert_eq!(answers.take(less).unwrap(), 3);
        assert_eq!(answers.take(pushed).unwrap(), 2);
        assert_eq!(answers.take(range).unwrap(), [word("a"), word("b")]);
        assert_eq!(answers.take(popped).unwrap(), Some(word("a")));
        answers.take(hset).unwrap();
        assert_eq!(answers.take(hall).unwrap()["f"], "x");
        assert_eq!(answers.take(sadd).unwrap(), 1);
        assert!(answers.take(member).unwrap());
        assert_eq!(answers.take(zadd).unwrap(), 1);
        assert_eq!(answers.take(zrange).unwrap(), [(word("m"), 1.5)]);
        assert_eq!(answers.take(score).unwrap(), Some(1.5));
        assert!(is_about(answers.take(ttl).unwrap(), HOUR));
        assert!(answers.take(gone).unwrap());
    }
}

async fn a_failed_operation_does_not_lose_the_others(fleet: Fleet) {
    let larder = fleet.node().await;
    let pipeline = words(&larder).pipeline();
    fail_in_between(&larder, pipeline).await;
}

async fn an_atomic_one_does_not_lose_them_either(fleet: Fleet) {
    let larder = fleet.node().await;
    let pipeline = words(&larder).pipeline().atomic();
    fail_in_between(&larder, pipeline).await;
}

async fn fail_in_between(larder: &Larder, mut pipeline: larder::StorePipeline) {
    let words = words(larder);
    words.set("value", &word("text")).await.unwrap();
    let first = pipeline.add(words.set("first", &word("1")));
    let wrong_type = pipeline.add(words.rpush("value", [word("x")]));
    let wrong_read = pipeline.add(words.smembers("value"));
    let no_number = pipeline.add(words.incr("value", 1));
    let last = pipeline.add(words.rpush("list", [word("x")]));
    let read = pipeline.add(words.get("first"));
    let mut answers = pipeline.run().await.unwrap();
    let error = answers.check().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongType, "{error}");
    assert_eq!(error.operation(), "RPUSH");
    assert_eq!(
        answers.take(wrong_type).unwrap_err().kind(),
        ErrorKind::WrongType
    );
    assert_eq!(
        answers.take(wrong_read).unwrap_err().kind(),
        ErrorKind::WrongType
    );
    let error = answers.take(no_number).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotANumber, "{error}");
    assert_eq!(error.operation(), "INCRBY");
    answers.check().unwrap();
    answers.take(first).unwrap();
    assert_eq!(answers.take(last).unwrap(), 1);
    assert_eq!(answers.take(read).unwrap(), Some(word("1")));
    assert_eq!(words.get("value").await.unwrap(), Some(word("text")));
    assert_eq!(words.llen("list").await.unwrap(), 1);
}

async fn what_cannot_be_sent_does_not_stop_the_others(fleet: Fleet) {
    let words = words(&fleet.node().await);
    let mut pipeline = words.pipeline();
    let huge = pipeline.add(words.set("huge", &"x".repeat(16 << 20)));
    let small = pipeline.add(words.set("small", &word("x")));
    let mut answers = pipeline.run().await.unwrap();
    assert_eq!(answers.check().unwrap_err().kind(), ErrorKind::TooLarge);
    assert_eq!(answers.take(huge).unwrap_err().kind(), ErrorKind::TooLarge);
    answers.check().unwrap();
    answers.take(small).unwrap();
    assert!(words.exists("small").await.unwrap());
}

async fn what_cannot_be_sent_stops_an_atomic_pipeline(fleet: Fleet) {
    let words = words(&fleet.node().await);
    let mut pipeline = words.pipeline().atomic();
    pipeline.add(words.set("small", &word("x")));
    pipeline.add(words.set("huge", &"x".repeat(16 << 20)));
    let error = pipeline.run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(!words.exists("small").await.unwrap());
}

async fn an_atomic_pipeline_is_never_seen_half_done(fleet: Fleet) {
    let (here, there) = (numbers(&fleet.node().await), numbers(&fleet.node().await));
    let moves = tokio::spawn(async move {
        for _ in 0..100 {
            let mut transfer = here.pipeline().atomic();
            transfer.add(here.incr("to", 1));
            transfer.add(here.decr("from", 1));
            transfer.run().await.unwrap().check().unwrap();
        }
    });
    while !moves.is_finished() {
        let mut look = there.pipeline().atomic();
        let to = look.add(there.get("to"));
        let from = look.add(there.get("from"));
        let mut answers = look.run().await.unwrap();
        let sum = answers.take(to).unwrap().unwrap_or(0) + answers.take(from).unwrap().unwrap_or(0);
        assert_eq!(sum, 0);
    }
    moves.await.unwrap();
    assert_eq!(there.get("to").await.unwrap(), Some(100));
}

async fn a_pipeline_of_nothing(fleet: Fleet) {
    let words = words(&fleet.node().await);
    words.pipeline().run().await.unwrap().check().unwrap();
    words.pipeline().atomic().run().await.unwrap();
    let mut pipeline = words.pipeline();
    let none = pipeline.add(words.sadd("s", Vec::<String>::new()));
    let one = pipeline.add(words.sadd("s", [word("x")]));
    let mut answers = pipeline.run().await.unwrap();
    assert_eq!(answers.take(none).unwrap(), 0);
    assert_eq!(answers.take(one).unwrap(), 1);
}

async fn many_operations(fleet: Fleet) {
    let numbers = numbers(&fleet.node().await);
    let mut pipeline = numbers.pipeline();
    let queued: Vec<_> = (0..2_000)
        .map(|by| pipeline.add(numbers.incr("k", by)))
        .collect();
    let mut answers = pipeline.run().await.unwrap();
    let mut sum = 0;
    for (by, queued) in (0..).zip(queued) {
        sum += by;
        assert_eq!(answers.take(queued).unwrap(), sum);
    }
}

async fn scripts_are_taught_again_when_the_server_has_forgotten_them(fleet: Fleet) {
    let numbers = numbers(&fleet.node().await);
    let stranger = fleet.stranger().await;
    let forget = || larder_runtime::backend::Command::new("SCRIPT").arg("FLUSH");
    for round in 1..=2 {
        stranger.run(forget()).await;
        let mut pipeline = numbers.pipeline();
        let one = pipeline.add(numbers.incr("a", 1));
        let two = pipeline.add(numbers.incr("b", 1));
        let mut answers = pipeline.run().await.unwrap();
        assert_eq!(answers.take(one).unwrap(), round);
        assert_eq!(answers.take(two).unwrap(), round);
        stranger.run(forget()).await;
        numbers.incr("c", 1).await.unwrap();
        stranger.run(forget()).await;
        numbers.set("d", &1).await.unwrap();
        numbers.update("d", |number| *number += 1).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn it_takes_one_round_trip() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let larder = Larder::builder().on_memory_link(link);
    let (words, numbers) = (words(&larder), numbers(&larder));
    let before = control.round_trips();
    let mut pipeline = words.pipeline();
    pipeline.add(words.set("a", &word("x")));
    pipeline.add(numbers.incr("b", 1));
    pipeline.add(numbers.incr("b", 1));
    pipeline.add(words.rpush("c", [word("x")]));
    pipeline.run().await.unwrap().check().unwrap();
    words
        .set_many([("a", word("x")), ("b", word("y"))])
        .await
        .unwrap();
    words.get_many(["a", "b", "c"]).await.unwrap_err();
    words.get_many(["a", "b"]).await.unwrap();
    let made = control.round_trips().since(&before);
    assert_eq!((made.total(), made.of("PIPELINE")), (4, 4));
    // The first time, the server is taught the script.
    words.compare_and_set("d", None, &word("x")).await.unwrap();
    let before = control.round_trips();
    assert!(
        words
            .compare_and_set("d", Some(&word("x")), &word("y"))
            .await
            .unwrap()
    );
    numbers.incr("b", 1).await.unwrap();
    assert_eq!(control.round_trips().since(&before).total(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_belong_here_is_an_error() {
    let (larder, stranger) = (Larder::memory(), Larder::memory());
    let words = words(&larder);
    let mut pipeline = words.pipeline();
    let foreign = pipeline.add(crate::words(&stranger).set("k", &word("x")));
    let mut answered = words.set("k", &word("x"));
    (&mut answered).await.unwrap();
    let answered = pipeline.add(answered);
    let good = pipeline.add(words.get("k"));
    let mut other = words.pipeline();
    let elsewhere = other.add(words.get("k"));
    let mut answers = pipeline.run().await.unwrap();
    assert_eq!(answers.take(good).unwrap(), Some(word("x")));
    assert_eq!(
        answers.take(foreign).unwrap_err().kind(),
        ErrorKind::Configuration
    );
    assert_eq!(
        answers.take(answered).unwrap_err().kind(),
        ErrorKind::Configuration
    );
    assert_eq!(
        answers.take(elsewhere).unwrap_err().kind(),
        ErrorKind::Configuration
    );
    assert!(!crate::words(&stranger).exists("k").await.unwrap());
}
