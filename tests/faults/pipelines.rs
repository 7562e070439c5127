//! Commands that travel together, and the errors that come back in the server's own words.

use larder_runtime::backend::{Atomicity, Backend, Command, Pipeline, Reply, ServerError};
use larder_runtime::error::ErrorKind;

use crate::rig::{bulk, call, connect, get, set};
use crate::support::server::RedisServer;

const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";

#[tokio::test]
async fn an_error_of_one_command_has_the_servers_words() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    set(&backend, "key", "value").await.unwrap();
    let command = Command::new("LPUSH").arg("key").arg("x");
    let error = backend.run(&command, &call()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongType);
    assert_eq!(error.message(), WRONG_TYPE);
    assert_eq!(error.operation(), "LPUSH");

    // All but what was sent, which the server repeats.
    let nonsense = Command::new("NONSENSE").arg("a").arg("b");
    let error = backend.run(&nonsense, &call()).await.unwrap_err();
    assert_eq!(error.message(), "ERR unknown command 'NONSENSE'");
}

#[tokio::test]
async fn an_error_in_a_pipeline_stands_in_its_place_and_stops_nobody() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    for atomicity in [Atomicity::Independent, Atomicity::Atomic] {
        let pipeline = Pipeline::new(atomicity)
            .then(Command::new("SET").arg("key").arg("value"))
            .then(Command::new("LPUSH").arg("key").arg("x"))
            .then(Command::new("GET").arg("key"));
        let replies = backend.pipeline(&pipeline, &call()).await.unwrap();
        let wrong_type = Reply::Error(ServerError::new(WRONG_TYPE));
        assert_eq!(replies, [Reply::okay(), wrong_type, bulk("value")]);
    }
}

#[tokio::test]
async fn a_pipeline_is_one_write_and_an_atomic_one_a_transaction() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    let mut monitor = server.monitor();
    let pipeline = Pipeline::new(Atomicity::Atomic)
        .then(Command::new("SET").arg("a").arg("1"))
        .then(Command::new("INCR").arg("a"));
    let replies = backend.pipeline(&pipeline, &call()).await.unwrap();
    assert_eq!(replies, [Reply::okay(), Reply::Int(2)]);
    let names: Vec<_> = monitor
        .commands()
        .into_iter()
        .map(|command| command.words[0].clone())
        .collect();
    assert_eq!(names, ["MULTI", "SET", "INCR", "EXEC"]);
}

#[tokio::test]
async fn a_transaction_that_is_refused_changes_nothing_and_says_why() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    let pipeline = Pipeline::new(Atomicity::Atomic)
        .then(Command::new("SET").arg("key").arg("value"))
        .then(Command::new("GET"));
    let error = backend.pipeline(&pipeline, &call()).await.unwrap_err();
    assert_eq!(
        error.message(),
        "ERR wrong number of arguments for 'get' command"
    );
    assert!(
        error.to_string().contains("transaction: discarded"),
        "{error}"
    );
    assert_eq!(get(&backend, "key").await.unwrap(), Reply::Nil);
}

#[tokio::test]
async fn an_empty_pipeline_asks_the_server_nothing() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    let mut monitor = server.monitor();
    for atomicity in [Atomicity::Independent, Atomicity::Atomic] {
        let replies = backend.pipeline(&Pipeline::new(atomicity), &call()).await;
        assert_eq!(replies.unwrap(), []);
    }
    assert_eq!(monitor.commands(), []);
}

#[tokio::test]
async fn what_would_harm_other_callers_is_not_even_sent() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    let mut monitor = server.monitor();
    let select = Command::new("SELECT").arg("1");
    let error = backend.run(&select, &call()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let pipeline = Pipeline::new(Atomicity::Independent)
        .then(Command::new("GET").arg("key"))
        .then(Command::new("MONITOR"));
    assert!(backend.pipeline(&pipeline, &call()).await.is_err());
    assert_eq!(monitor.commands(), []);
}

#[tokio::test]
async fn a_thousand_calls_at_once_each_get_their_own_reply() {
    let server = RedisServer::start();
    let backend = std::sync::Arc::new(connect(&server.url()).await);
    let calls: Vec<_> = (0..1_000)
        .map(|number: i64| {
            let backend = std::sync::Arc::clone(&backend);
            tokio::spawn(async move {
                let echo = Command::new("ECHO").arg(number);
                let reply = backend.run(&echo, &call()).await.unwrap();
                assert_eq!(reply, bulk(&number.to_string()));
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
}
