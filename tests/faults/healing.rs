//! The connection comes back, whatever ended it, and without anybody calling.

use std::time::Duration;

use larder_runtime::backend::redis::RedisBackend;
use larder_runtime::backend::{Backend, Command, Push};
use larder_runtime::clock::Clock;
use larder_runtime::error::ErrorKind;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::by_hand::{greet, hear};
use crate::rig::{
    Ears, PATIENCE, bulk, call_within, connect, endpoint, get, let_the_keeper_act, patiently,
    polled_once, set, settings,
};
use crate::support::proxy::Proxy;
use crate::support::server::RedisServer;

#[tokio::test]
async fn after_a_kill_and_a_restart_on_the_same_port() {
    let mut server = RedisServer::start();
    let backend = connect(&server.url()).await;
    let mut ears = Ears::on(&backend);
    set(&backend, "key", "value").await.unwrap();

    server.kill();
    ears.wait_for(&Push::Disconnected).await;
    let error = get(&backend, "key").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.is_temporary());
    assert!(!backend.is_connected());

    server.restart();
    ears.wait_for(&Push::Connected).await;
    assert!(backend.is_connected());
    assert_eq!(
        set(&backend, "key", "again")
            .await
            .unwrap()
            .into_bytes("SET")
            .unwrap()
            .unwrap(),
        b"OK"
    );
    assert_eq!(get(&backend, "key").await.unwrap(), bulk("again"));
}

#[tokio::test]
async fn an_end_in_the_midst_of_a_reply_is_one_like_any_other() {
    for half in ["", "$8\r\nhalf", "*2\r\n+one\r\n", ":1"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let (backend, mut server) = tokio::join!(connect(&url), greet(listener));
        let (answer, ()) = tokio::join!(get(&backend, "key"), async {
            hear(&mut server, "key").await;
            server.write_all(half.as_bytes()).await.unwrap();
            drop(server);
        });
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable, "{half}: {error}");
        assert!(error.is_temporary(), "{half}: {error}");
    }
}

#[tokio::test]
async fn after_client_kill() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    let mut ears = Ears::on(&backend);
    let before = backend.generation();

    server.command(&["CLIENT", "KILL", "TYPE", "normal"]);
    ears.wait_for(&Push::Disconnected).await;
    ears.wait_for(&Push::Connected).await;
    assert!(backend.generation() > before);
    set(&backend, "key", "value").await.unwrap();
}

#[tokio::test]
async fn after_a_network_that_swallowed_everything() {
    let server = RedisServer::start();
    let proxy = Proxy::start(server.address()).await;
    let clock = Clock::machine();
    let mut settings = settings();
    settings.probe_timeout = Duration::from_millis(100);
    let backend = RedisBackend::connect(&endpoint(&proxy.url()), &settings, &clock)
        .await
        .unwrap();
    let mut ears = Ears::on(&backend);

    proxy.stall();
    let call = call_within(&clock, Duration::from_millis(20));
    let command = Command::new("GET").arg("key");
    let outcome = clock
        .timeout_at(call.deadline, backend.run(&command, &call))
        .await;
    assert!(outcome.is_err(), "{outcome:?}");
    ears.wait_for(&Push::Disconnected).await;
    let error = get(&backend, "key").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.to_string().contains("stopped answering"), "{error}");

    proxy.forward();
    ears.wait_for(&Push::Connected).await;
    set(&backend, "key", "value").await.unwrap();
}

#[tokio::test]
async fn a_call_that_is_dropped_takes_no_reply_from_another() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    set(&backend, "mine", "mine").await.unwrap();
    set(&backend, "other", "other").await.unwrap();
    for _ in 0..100 {
        let call = call_within(&Clock::machine(), PATIENCE);
        let command = Command::new("GET").arg("other");
        let mut dropped = Box::pin(backend.run(&command, &call));
        assert!(polled_once(&mut dropped).await.is_none());
        drop(dropped);
        assert_eq!(get(&backend, "mine").await.unwrap(), bulk("mine"));
    }
}

#[tokio::test]
async fn after_a_failover_the_replica_is_left_and_a_master_is_found() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    let mut ears = Ears::on(&backend);
    let before = backend.generation();

    // Nobody listens there: a replica without its master.
    server.command(&["REPLICAOF", "127.0.0.1", "1"]);
    let error = set(&backend, "key", "value").await.unwrap_err();
    assert_eq!(error.code(), Some("READONLY"));
    assert!(error.is_temporary());
    ears.wait_for(&Push::Disconnected).await;
    let error = get(&backend, "key").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);

    server.command(&["REPLICAOF", "NO", "ONE"]);
    ears.wait_for(&Push::Connected).await;
    assert!(backend.generation() > before);
    set(&backend, "key", "value").await.unwrap();
}

#[tokio::test]
async fn after_close_nothing_dials_and_calls_say_so() {
    let mut server = RedisServer::start();
    let backend = connect(&server.url()).await;
    patiently(backend.close()).await;
    patiently(backend.close()).await;
    let error = get(&backend, "key").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    let dials = backend.dials();
    server.restart();
    let_the_keeper_act().await;
    assert_eq!(backend.dials(), dials);
    assert!(!backend.is_connected());
}

#[tokio::test]
async fn close_lets_calls_on_their_way_end() {
    let server = RedisServer::start();
    let proxy = Proxy::start(server.address()).await;
    let backend = connect(&proxy.url()).await;
    set(&backend, "key", "value").await.unwrap();
    proxy.delay(Duration::from_millis(50));
    let (answer, ()) = tokio::join!(get(&backend, "key"), async {
        let_the_keeper_act().await;
        backend.close().await;
    });
    assert_eq!(answer.unwrap(), bulk("value"));
}

#[tokio::test]
async fn a_dropped_backend_leaves_no_connection_behind() {
    let server = RedisServer::start();
    let proxy = Proxy::start(server.address()).await;
    let backend = connect(&proxy.url()).await;
    assert_eq!(proxy.open_connections(), 1);
    drop(backend);
    patiently(async {
        while proxy.open_connections() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
