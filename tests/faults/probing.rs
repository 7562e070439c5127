//! A connection in doubt is asked before it is given up.

use std::time::Duration;

use larder_runtime::backend::redis::RedisBackend;
use larder_runtime::backend::{Backend, Command, Push, Reply};
use larder_runtime::clock::Clock;
use larder_runtime::error::ErrorKind;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::by_hand::{greet, hear};
use crate::rig::{
    Ears, PATIENCE, bulk, call_within, connect_with, endpoint, get, let_the_keeper_act, patiently,
    polled_once, settings,
};
use crate::support::proxy::Proxy;
use crate::support::server::RedisServer;

#[tokio::test]
async fn an_idle_connection_that_died_silently_is_found_by_the_heartbeat() {
    let server = RedisServer::start();
    let proxy = Proxy::start(server.address()).await;
    let mut settings = settings();
    settings.heartbeat = Some(Duration::from_millis(20));
    settings.probe_timeout = Duration::from_millis(100);
    let backend = connect_with(&proxy.url(), &settings).await.unwrap();
    let mut ears = Ears::on(&backend);

    proxy.stall();
    ears.wait_for(&Push::Disconnected).await;
    proxy.forward();
    ears.wait_for(&Push::Connected).await;
}

#[tokio::test]
async fn a_late_call_has_the_server_asked_and_an_answer_saves_the_connection() {
    let server = RedisServer::start();
    let clock = Clock::machine();
    let backend = RedisBackend::connect(&endpoint(&server.url()), &settings(), &clock)
        .await
        .unwrap();
    let mut ears = Ears::on(&backend);
    let (generation, asked) = (backend.generation(), pings(&server));

    server.pause();
    let call = call_within(&clock, Duration::from_millis(10));
    let command = Command::new("GET").arg("key");
    let outcome = clock
        .timeout_at(call.deadline, backend.run(&command, &call))
        .await;
    assert!(outcome.is_err(), "{outcome:?}");
    let_the_keeper_act().await;
    server.resume();

    assert!(get(&backend, "key").await.is_ok());
    assert_eq!(pings(&server), asked + 1);
    assert_eq!(backend.generation(), generation);
    assert!(ears.are_silent());
}

#[tokio::test]
async fn a_cancelled_call_says_nothing_about_the_server() {
    let server = RedisServer::start();
    let clock = Clock::machine();
    let backend = RedisBackend::connect(&endpoint(&server.url()), &settings(), &clock)
        .await
        .unwrap();
    let asked = pings(&server);

    server.pause();
    let call = call_within(&clock, PATIENCE);
    let command = Command::new("GET").arg("key");
    let soon = clock.now() + Duration::from_millis(10);
    let outcome = clock.timeout_at(soon, backend.run(&command, &call)).await;
    assert!(outcome.is_err(), "{outcome:?}");
    let_the_keeper_act().await;
    server.resume();

    assert!(get(&backend, "key").await.is_ok());
    assert_eq!(pings(&server), asked);
}

#[tokio::test]
async fn whoever_waits_on_a_connection_that_is_given_up_is_told_at_once() {
    let server = RedisServer::start();
    let proxy = Proxy::start(server.address()).await;
    let clock = Clock::machine();
    let mut settings = settings();
    settings.probe_timeout = Duration::from_millis(50);
    let backend = RedisBackend::connect(&endpoint(&proxy.url()), &settings, &clock)
        .await
        .unwrap();

    // Nothing is answered from now on, not even the next attempt to connect.
    proxy.stall();
    let patient = call_within(&clock, Duration::from_hours(1));
    let command = Command::new("GET").arg("key");
    let mut waiting = Box::pin(backend.run(&command, &patient));
    assert!(polled_once(&mut waiting).await.is_none());
    let late = call_within(&clock, Duration::from_millis(10));
    let outcome = clock.timeout_at(late.deadline, backend.run(&command, &late));
    assert!(outcome.await.is_err());

    let error = patiently(waiting).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(!backend.is_connected());
}

#[tokio::test]
async fn a_busy_connection_whose_ping_has_to_wait_is_kept() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let clock = Clock::machine();
    let mut settings = settings();
    settings.probe_timeout = Duration::from_hours(1);
    let endpoint = endpoint(&url);
    let (backend, mut server) = tokio::join!(
        RedisBackend::connect(&endpoint, &settings, &clock),
        greet(listener)
    );
    let backend = backend.unwrap();

    // Two calls wait; one runs out of time, so the server is asked.
    let patient = call_within(&clock, Duration::from_hours(9));
    let command = Command::new("GET").arg("other");
    let mut other = Box::pin(backend.run(&command, &patient));
    assert!(polled_once(&mut other).await.is_none());
    let late = call_within(&clock, Duration::from_hours(1));
    let command = Command::new("GET").arg("late");
    let mut waiting = Box::pin(backend.run(&command, &late));
    assert!(polled_once(&mut waiting).await.is_none());
    hear(&mut server, "late").await;
    clock.advance(Duration::from_hours(1));
    drop(waiting);
    hear(&mut server, "PING").await;

    // It answers the other call, and is not done with the question when its time is over.
    server.write_all(b"+other\r\n+late\r\n").await.unwrap();
    patiently(other).await.unwrap();
    clock.advance(Duration::from_hours(2));
    let_the_keeper_act().await;
    assert!(backend.is_connected());

    let (answer, ()) = tokio::join!(get(&backend, "third"), async {
        hear(&mut server, "third").await;
        server.write_all(b"+PONG\r\n+third\r\n").await.unwrap();
    });
    assert_eq!(answer.unwrap(), Reply::Status("third".to_owned()));
    assert_eq!(backend.dials(), 1);
}

#[tokio::test]
async fn a_connection_on_which_a_long_reply_is_arriving_is_kept() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let clock = Clock::machine();
    let mut settings = settings();
    settings.probe_timeout = Duration::from_hours(1);
    let endpoint = endpoint(&url);
    let (backend, mut server) = tokio::join!(
        RedisBackend::connect(&endpoint, &settings, &clock),
        greet(listener)
    );
    let backend = backend.unwrap();
    let mut ears = Ears::on(&backend);

    // A call waits for a long value; another runs out of its time meanwhile, so the server is asked.
    let patient = call_within(&clock, Duration::from_hours(9));
    let command = Command::new("GET").arg("long");
    let mut waiting = Box::pin(backend.run(&command, &patient));
    assert!(polled_once(&mut waiting).await.is_none());
    let late = call_within(&clock, Duration::from_hours(1));
    let command = Command::new("GET").arg("late");
    let mut other = Box::pin(backend.run(&command, &late));
    assert!(polled_once(&mut other).await.is_none());
    hear(&mut server, "late").await;
    clock.advance(Duration::from_hours(1));
    drop(other);
    hear(&mut server, "PING").await;

    // Half the value has come when the time of the question is over. What is pushed before it tells
    // this test that it has.
    let half = b">2\r\n$10\r\ninvalidate\r\n_\r\n$8\r\nhalf";
    server.write_all(half).await.unwrap();
    ears.wait_for(&Push::InvalidatedAll).await;
    clock.advance(Duration::from_hours(2));
    let_the_keeper_act().await;
    assert!(backend.is_connected());

    let rest = b"half\r\n+late\r\n+PONG\r\n";
    server.write_all(rest).await.unwrap();
    assert_eq!(patiently(waiting).await.unwrap(), bulk("halfhalf"));
    assert_eq!(backend.dials(), 1);
}

/// How often a server was asked whether it lives.
fn pings(server: &RedisServer) -> u64 {
    server.commandstats().get("ping").copied().unwrap_or(0)
}
