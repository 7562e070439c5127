//! What the server says unasked reaches the listeners, in order.

use larder_runtime::backend::redis::RedisBackend;
use larder_runtime::backend::{Atomicity, Backend, Command, Pipeline, Push, Reply};
use larder_runtime::error::Result;

use crate::rig::{Ears, bulk, call, connect, get, patiently, set};
use crate::support::proxy::Proxy;
use crate::support::server::RedisServer;

/// Reads a key so that the server tells of its next change.
async fn track(backend: &RedisBackend, key: &str) -> Reply {
    let pipeline = Pipeline::new(Atomicity::Independent)
        .then(Command::new("CLIENT").arg("CACHING").arg("YES"))
        .then(Command::new("GET").arg(key));
    let replies = backend.pipeline(&pipeline, &call()).await.unwrap();
    let [caching, value] = <[Reply; 2]>::try_from(replies).unwrap();
    assert_eq!(caching, Reply::okay());
    value
}

async fn subscribe(backend: &RedisBackend) -> Result<Reply> {
    let subscribe = Command::new("SUBSCRIBE").arg("channel");
    patiently(backend.run(&subscribe, &call())).await
}

fn message(payload: &str) -> Push {
    Push::Message {
        channel: b"channel".to_vec(),
        payload: payload.as_bytes().to_vec(),
    }
}

fn invalidated(key: &str) -> Push {
    Push::Invalidated(vec![key.as_bytes().to_vec()])
}

#[tokio::test]
async fn a_tracked_key_is_invalidated_by_change_deletion_and_expiry() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    assert!(backend.supports_tracking());
    let mut ears = Ears::on(&backend);

    track(&backend, "changed").await;
    server.command(&["SET", "changed", "by another"]);
    assert_eq!(ears.next().await, invalidated("changed"));

    server.command(&["SET", "deleted", "value"]);
    track(&backend, "deleted").await;
    server.command(&["DEL", "deleted"]);
    assert_eq!(ears.next().await, invalidated("deleted"));

    // It has to be there still when it is read, however busy the machine is.
    let mut lifetime = 20;
    let present = loop {
        let key = format!("expired after {lifetime}");
        server.command(&["SET", &key, "value", "PX", &lifetime.to_string()]);
        if track(&backend, &key).await == bulk("value") {
            break key;
        }
        lifetime *= 2;
    };
    ears.wait_for(&invalidated(&present)).await;

    // A key that is not there is tracked as well, and so are our own changes.
    track(&backend, "absent").await;
    set(&backend, "absent", "by ourselves").await.unwrap();
    assert_eq!(ears.next().await, invalidated("absent"));
}

#[tokio::test]
async fn a_key_that_was_read_without_asking_is_not_tracked() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    let mut ears = Ears::on(&backend);
    get(&backend, "untracked").await.unwrap();
    track(&backend, "tracked").await;
    server.command(&["SET", "untracked", "value"]);
    server.command(&["SET", "tracked", "value"]);
    assert_eq!(ears.next().await, invalidated("tracked"));
}

#[tokio::test]
async fn a_flush_invalidates_everything() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    let mut ears = Ears::on(&backend);
    track(&backend, "key").await;
    server.command(&["FLUSHALL"]);
    assert_eq!(ears.next().await, Push::InvalidatedAll);
}

#[tokio::test]
async fn messages_arrive_in_order() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    let mut ears = Ears::on(&backend);
    subscribe(&backend).await.unwrap();
    assert_eq!(ears.next().await, Push::Unsubscribed);
    for payload in ["one", "two", "three"] {
        server.command(&["PUBLISH", "channel", payload]);
    }
    for payload in ["one", "two", "three"] {
        assert_eq!(ears.next().await, message(payload));
    }
    let unsubscribe = Command::new("UNSUBSCRIBE").arg("channel");
    backend.run(&unsubscribe, &call()).await.unwrap();
    assert_eq!(server.command(&["PUBLISH", "channel", "nobody"]), "0");
    assert!(ears.are_silent());
}

/// A server cuts a subscriber off for whom more waits than this, and nobody else.
#[tokio::test]
async fn a_subscription_puts_no_limit_on_replies() {
    let server = RedisServer::builder()
        .config("client-output-buffer-limit", "pubsub 64kb 64kb 1")
        .start();
    let backend = connect(&server.url()).await;
    let large = "x".repeat(4_000_000);
    set(&backend, "large", &large).await.unwrap();
    subscribe(&backend).await.unwrap();
    assert_eq!(get(&backend, "large").await.unwrap(), bulk(&large));
    assert_eq!(backend.generation(), 1);
}

#[tokio::test]
async fn a_subscription_that_is_lost_leaves_the_calls_alone_and_can_be_made_anew() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    subscribe(&backend).await.unwrap();
    let mut ears = Ears::on(&backend);
    server.command(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    assert_eq!(ears.next().await, Push::Unsubscribed);
    assert_eq!(get(&backend, "key").await.unwrap(), Reply::Nil);
    assert_eq!(backend.generation(), 1);

    // That it is there again is told, too.
    assert_eq!(ears.next().await, Push::Unsubscribed);
    subscribe(&backend).await.unwrap();
    server.command(&["PUBLISH", "channel", "again"]);
    assert_eq!(ears.next().await, message("again"));
}

#[tokio::test]
async fn subscriptions_go_where_calls_go() {
    let (old, new) = (RedisServer::start(), RedisServer::start());
    let proxy = Proxy::start(old.address()).await;
    let backend = connect(&proxy.url()).await;
    subscribe(&backend).await.unwrap();

    let mut ears = Ears::on(&backend);
    proxy.lead_to(new.address());
    old.command(&["CLIENT", "KILL", "TYPE", "normal"]);
    ears.wait_for(&Push::Connected).await;
    let error = subscribe(&backend).await.unwrap_err();
    assert!(error.is_temporary(), "{error}");
    // Gone, and there again.
    ears.wait_for(&Push::Unsubscribed).await;
    ears.wait_for(&Push::Unsubscribed).await;
    subscribe(&backend).await.unwrap();
    assert_eq!(old.command(&["PUBLISH", "channel", "nobody"]), "0");
    assert_eq!(new.command(&["PUBLISH", "channel", "here"]), "1");
    ears.wait_for(&message("here")).await;
}

#[tokio::test]
async fn a_lost_connection_is_heard_of_before_the_next_one() {
    let mut server = RedisServer::start();
    let backend = connect(&server.url()).await;
    let mut ears = Ears::on(&backend);
    track(&backend, "key").await;
    server.restart();
    assert_eq!(ears.next().await, Push::Disconnected);
    assert_eq!(ears.next().await, Push::Connected);
    // Tracking goes on, on the new connection.
    track(&backend, "key").await;
    server.command(&["SET", "key", "value"]);
    assert_eq!(ears.next().await, invalidated("key"));
}

#[tokio::test]
async fn a_late_listener_hears_what_comes_later() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    let mut early = Ears::on(&backend);
    track(&backend, "first").await;
    server.command(&["SET", "first", "value"]);
    assert_eq!(early.next().await, invalidated("first"));

    let mut late = Ears::on(&backend);
    track(&backend, "second").await;
    server.command(&["SET", "second", "value"]);
    assert_eq!(early.next().await, invalidated("second"));
    assert_eq!(late.next().await, invalidated("second"));
}

#[tokio::test]
async fn closing_is_heard_as_well() {
    let server = RedisServer::start();
    let backend = connect(&server.url()).await;
    let mut ears = Ears::on(&backend);
    backend.close().await;
    assert_eq!(ears.next().await, Push::Disconnected);
}
