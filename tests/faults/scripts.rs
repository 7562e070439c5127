//! Scripts are known by their digest, and taught to a server that does not know them.

use std::sync::Arc;

use larder_runtime::backend::{Backend, Reply, Script};
use larder_runtime::error::ErrorKind;
use tokio::task::JoinSet;

use crate::rig::{call, connect};
use crate::support::server::RedisServer;

#[tokio::test]
async fn a_script_is_taught_once_and_again_after_a_flush_and_runs_once_a_call() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    let script = Script::new("return redis.call('INCRBY', KEYS[1], ARGV[1])");
    let invocation = script.on(&["counter"]).arg("10");

    assert_eq!(
        backend.script(&invocation, &call()).await.unwrap(),
        Reply::Int(10)
    );
    assert_eq!(
        backend.script(&invocation, &call()).await.unwrap(),
        Reply::Int(20)
    );
    assert_eq!(server.commandstats().get("script|load"), Some(&1));

    server.command(&["SCRIPT", "FLUSH"]);
    assert_eq!(
        backend.script(&invocation, &call()).await.unwrap(),
        Reply::Int(30)
    );
    assert_eq!(server.commandstats().get("script|load"), Some(&2));
}

#[tokio::test]
async fn many_callers_of_a_forgotten_script_are_all_served() {
    let server = RedisServer::start();
    let backend = Arc::new(connect(&server.url()).await);
    let script = Arc::new(Script::new("return redis.call('INCR', KEYS[1])"));
    for _ in 0..3 {
        server.command(&["SCRIPT", "FLUSH"]);
        let mut callers = JoinSet::new();
        for _ in 0..50 {
            let (backend, script) = (Arc::clone(&backend), Arc::clone(&script));
            callers.spawn(async move { backend.script(&script.on(&["counter"]), &call()).await });
        }
        for reply in callers.join_all().await {
            assert!(matches!(reply, Ok(Reply::Int(_))), "{reply:?}");
        }
    }
    assert_eq!(server.command(&["GET", "counter"]), "150");
}

#[tokio::test]
async fn a_script_that_cannot_be_read_is_an_error_of_its_own() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    let script = Script::new("this is no Lua");
    let error = backend
        .script(&script.on::<&str>(&[]), &call())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
    assert_eq!(error.operation(), "SCRIPT LOAD");
    assert!(
        error.message().contains("Error compiling script"),
        "{error}"
    );
}

#[tokio::test]
async fn an_error_inside_a_script_keeps_its_code() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    let script = Script::new("return redis.error_reply('MYCODE in my words')");
    let error = backend
        .script(&script.on::<&str>(&[]), &call())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("MYCODE"));
    assert_eq!(error.message(), "MYCODE in my words");
}
