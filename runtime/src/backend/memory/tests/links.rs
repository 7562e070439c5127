//! Links: pipelines, channels, closing, and many at a time.

use super::*;
use crate::backend::{Atomicity, Pipeline, SharedBackend};
use crate::error::ErrorKind;

#[tokio::test]
async fn an_error_stands_in_its_place_in_a_pipeline() {
    let link = server().connect();
    for atomicity in [Atomicity::Independent, Atomicity::Atomic] {
        let pipeline = Pipeline::new(atomicity)
            .then(command("SET", &["k", "v"]))
            .then(command("INCR", &["k"]))
            .then(command("GET", &["k"]));
        let replies = link.pipeline(&pipeline, &call()).await.unwrap();
        assert_eq!(replies[0], Reply::okay());
        assert!(matches!(&replies[1], Reply::Error(error) if error.code() == "ERR"));
        assert_eq!(replies[2], bulk("v"));
    }
}

#[tokio::test]
async fn a_transaction_with_a_command_that_cannot_be_does_nothing() {
    let link = server().connect();
    for (wrong, words) in [
        (command("NOSUCH", &[]), "ERR unknown command 'NOSUCH'"),
        (
            command("GET", &[]),
            "ERR wrong number of arguments for 'get' command",
        ),
    ] {
        let transaction = Pipeline::new(Atomicity::Atomic)
            .then(command("SET", &["k", "v"]))
            .then(wrong);
        let error = link.pipeline(&transaction, &call()).await.unwrap_err();
        assert_eq!(error.message(), words);
        assert!(error.to_string().contains("transaction: discarded"));
    }
    assert_eq!(run(&link, "EXISTS k").await, Reply::Int(0));
}

#[tokio::test]
async fn subscribers_hear_messages_in_order() {
    let server = server();
    let (subscriber, publisher) = (server.connect(), server.connect());
    let heard = hear(&subscriber);
    let confirmed = Reply::Array(vec![bulk("subscribe"), bulk("news"), Reply::Int(1)]);
    assert_eq!(run(&subscriber, "SUBSCRIBE news").await, confirmed);
    assert_eq!(run(&publisher, "PUBLISH news first").await, Reply::Int(1));
    assert_eq!(run(&publisher, "PUBLISH news second").await, Reply::Int(1));
    assert_eq!(run(&publisher, "PUBLISH other third").await, Reply::Int(0));
    let message = |payload: &str| Push::Message {
        channel: b"news".to_vec(),
        payload: payload.as_bytes().to_vec(),
    };
    assert_eq!(take(&heard), [message("first"), message("second")]);
    run(&subscriber, "UNSUBSCRIBE").await;
    assert_eq!(run(&publisher, "PUBLISH news fourth").await, Reply::Int(0));
}

#[tokio::test]
async fn a_closed_link_says_so() {
    let server = server();
    let link = server.connect();
    let erased = SharedBackend::new(link.clone());
    erased.close().await;
    let error = erased
        .run(&command("PING", &[]), &call())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert_eq!(
        run(&server.connect(), "PING").await,
        Reply::Status("PONG".into())
    );
}

#[tokio::test]
async fn each_link_is_a_connection_of_its_own() {
    let server = server();
    let (here, there) = (server.connect(), server.connect());
    run(&here, "CLIENT SETNAME here").await;
    assert_eq!(run(&here, "CLIENT GETNAME").await, bulk("here"));
    assert_eq!(run(&there, "CLIENT GETNAME").await, Reply::Nil);
    assert_ne!(
        run(&here, "CLIENT ID").await,
        run(&there, "CLIENT ID").await
    );
    run(&here, "SET k v").await;
    assert_eq!(run(&there, "GET k").await, bulk("v"));
}

#[test]
fn a_link_works_without_a_runtime() {
    let link = server().connect();
    let get = async { run(&link, "SET k v EX 1").await };
    let reply = futures_util::FutureExt::now_or_never(get);
    assert_eq!(reply, Some(Reply::okay()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pushes_of_many_writers_arrive_in_the_order_of_their_writes() {
    let server = server();
    let subscriber = server.connect();
    let heard = hear(&subscriber);
    run(&subscriber, "SUBSCRIBE numbers").await;
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let link = server.connect();
            tokio::spawn(async move {
                for _ in 0..100 {
                    // Counts and publishes in one step, so the numbers are published in order.
                    let script = "redis.call('PUBLISH', 'numbers', redis.call('INCR', 'n'))";
                    link.run(&command("EVAL", &[script, "0"]), &call())
                        .await
                        .unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    // A writer may leave its pushes to another that is delivering: all are heard when none delivers
    // any more.
    let heard: Vec<u32> = loop {
        let heard = heard.lock().unwrap().clone();
        if heard.len() == 800 {
            break heard.iter().map(number).collect();
        }
        tokio::task::yield_now().await;
    };
    assert!(heard.is_sorted(), "{heard:?}");
}

fn number(push: &Push) -> u32 {
    let Push::Message { payload, .. } = push else {
        panic!("{push:?} is no message");
    };
    std::str::from_utf8(payload).unwrap().parse().unwrap()
}
