//! While the server is away: nobody waits, and one task alone dials.

use std::sync::Arc;
use std::time::Duration;

use larder_runtime::backend::redis::RedisBackend;
use larder_runtime::backend::{Backend, Push};
use larder_runtime::clock::Clock;
use larder_runtime::error::ErrorKind;

use crate::rig::{Ears, bulk, connect, endpoint, get, patiently, set, settings};
use crate::support::likely_free_port;
use crate::support::proxy::Proxy;
use crate::support::server::RedisServer;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_callers_cause_one_dial_and_none_of_them_waits_for_it() {
    let server = RedisServer::start();
    let proxy = Proxy::start(server.address()).await;
    let backend = Arc::new(connect(&proxy.url()).await);
    let mut ears = Ears::on(&backend);

    // The connection is closed, and the next one is taken but never answered: the dial hangs for as
    // long as it may.
    proxy.stall();
    server.command(&["CLIENT", "KILL", "TYPE", "normal"]);
    ears.wait_for(&Push::Disconnected).await;
    until(|| proxy.connections() == 2).await;

    let callers: Vec<_> = (0..50)
        .map(|_| {
            let backend = Arc::clone(&backend);
            tokio::spawn(async move {
                for _ in 0..100 {
                    let error = get(&backend, "key").await.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Unreachable);
                }
            })
        })
        .collect();
    for caller in callers {
        patiently(caller).await.unwrap();
    }
    // All of them are done while that one dial still hangs.
    assert_eq!(backend.dials(), 2);
    assert_eq!(proxy.connections(), 2);
    assert!(!backend.is_connected());

    proxy.forward();
    ears.wait_for(&Push::Connected).await;
    set(&backend, "key", "value").await.unwrap();
}

#[tokio::test]
async fn a_pause_between_dials_lasts_whatever_callers_do() {
    let url = format!("redis://127.0.0.1:{}", likely_free_port());
    let clock = Clock::machine();
    let mut settings = settings();
    settings.back_off_initial = Duration::from_hours(1);
    settings.back_off_max = Duration::from_hours(2);
    let backend = RedisBackend::lazy(&endpoint(&url), &settings, &clock).unwrap();
    // The first attempt failed, and the first pause began.
    while !get(&backend, "key")
        .await
        .unwrap_err()
        .to_string()
        .contains("refused")
    {
        tokio::task::yield_now().await;
    }
    assert_eq!(backend.dials(), 1);

    // It lasts half an hour at least and an hour at most, and no call shortens it.
    clock.advance(Duration::from_secs(1_700));
    for _ in 0..100 {
        assert!(get(&backend, "key").await.is_err());
        tokio::task::yield_now().await;
    }
    assert_eq!(backend.dials(), 1);
    clock.advance(Duration::from_secs(1_900));
    until(|| backend.dials() == 2).await;
}

#[tokio::test]
async fn a_lazy_backend_starts_without_a_server_and_finds_it() {
    let mut server = RedisServer::start();
    server.kill();
    let clock = Clock::machine();
    let backend = RedisBackend::lazy(&endpoint(&server.url()), &settings(), &clock).unwrap();
    let mut ears = Ears::on(&backend);
    assert_eq!(backend.generation(), 0);
    let error = get(&backend, "key").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);

    until(|| backend.dials() > 1).await;
    let error = get(&backend, "key").await.unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
    assert!(error.to_string().contains(&server.address()), "{error}");

    server.restart();
    ears.wait_for(&Push::Connected).await;
    set(&backend, "key", "value").await.unwrap();
    assert_eq!(get(&backend, "key").await.unwrap(), bulk("value"));
}

#[tokio::test]
async fn a_lazy_backend_can_be_closed_before_it_ever_connected() {
    let url = format!("redis://127.0.0.1:{}", likely_free_port());
    let backend = RedisBackend::lazy(&endpoint(&url), &settings(), &Clock::machine()).unwrap();
    patiently(backend.close()).await;
    let error = get(&backend, "key").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    let endpoint = endpoint("redis://localhost");
    let error = RedisBackend::lazy(&endpoint, &settings(), &Clock::machine()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.message().contains("Tokio"), "{error}");
}

/// Waits until other tasks have made it so.
async fn until(condition: impl Fn() -> bool) {
    patiently(async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
