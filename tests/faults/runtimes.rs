//! A connection belongs to the runtime that it was made in, which may end or stand still.

use std::time::Duration;

use larder::Larder;
use larder_runtime::backend::Backend;
use larder_runtime::error::ErrorKind;
use tokio::runtime::{Builder, Runtime};

use crate::rig::{connect, get, patiently};
use crate::support::server::RedisServer;

#[test]
fn where_the_runtime_of_a_connection_has_ended_calls_say_so() {
    let server = RedisServer::start();
    let home = runtime();
    let backend = home.block_on(connect(&server.url()));
    drop(home);
    runtime().block_on(async {
        let error = get(&backend, "key").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
        assert!(!error.is_temporary());
        assert!(error.message().contains("runtime"), "{error}");
        assert!(!backend.is_connected());
        patiently(backend.close()).await;
    });
}

#[test]
fn where_the_runtime_of_a_larder_stands_still_closing_it_takes_no_longer_than_a_command() {
    let server = RedisServer::start();
    let home = runtime();
    let larder = Larder::builder()
        .url(server.url())
        .command_timeout(Duration::from_millis(50));
    let larder = home.block_on(larder.build()).unwrap();
    runtime().block_on(async {
        patiently(larder.close()).await;
        let store = larder.store::<u64>("numbers").durable().unwrap();
        let error = store.get(&1_u64).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
    });
}

/// A server does not stand still with Tokio, which moves a paused clock on whenever all tasks wait.
#[tokio::test(start_paused = true)]
async fn a_paused_clock_cuts_no_call_short() {
    let server = RedisServer::start();
    let larder = Larder::builder().url(server.url()).build().await.unwrap();
    let store = larder.store::<u64>("numbers").durable().unwrap();
    for number in 0..100 {
        store.set(&1_u64, &number).await.unwrap();
        assert_eq!(store.get(&1_u64).await.unwrap(), Some(number));
    }
}

/// Tokio refuses a timer there.
#[test]
fn a_runtime_without_timers_is_enough() {
    let server = RedisServer::start();
    let runtime = Builder::new_current_thread().enable_io().build().unwrap();
    runtime.block_on(async {
        let larder = Larder::builder().url(server.url()).build().await.unwrap();
        let store = larder.store::<u64>("numbers").durable().unwrap();
        store.set(&1_u64, &7).await.unwrap();
        assert_eq!(store.get(&1_u64).await.unwrap(), Some(7));
        let ran = larder.lock("numbers").run("seven", async { 7 }).await;
        assert_eq!(ran.unwrap(), 7);
        larder.close().await;
    });
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}
