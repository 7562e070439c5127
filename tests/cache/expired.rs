//! Listeners are told when entries expire, as well as the server can tell.

use larder::{CacheSpec, ErrorKind, Expirations, Expiry, Larder, Ttl};
use larder_runtime::backend::Command;
use std::time::Duration;

use crate::fleet::{Fleet, PATIENCE};

const ACTIONS: CacheSpec = CacheSpec::new("expired.actions", Ttl::after(Duration::from_millis(30)));
const OTHERS: CacheSpec = CacheSpec::new("expired.others", Ttl::after(Duration::from_millis(1)));
const SETTING: &str = "notify-keyspace-events";

on_each_backend!(
    an_entry_that_expires_is_told_with_its_arguments,
    only_one_process_is_told_if_that_is_wanted,
    a_server_that_does_not_tell_is_an_error_that_says_so,
    an_entry_that_is_invalidated_or_replaced_has_not_expired,
    a_closed_larder_tells_nothing_any_more,
);

/// Has the server tell, as an operator would.
async fn tell(fleet: &Fleet, flags: &str) {
    let set = Command::new("CONFIG").arg("SET").arg(SETTING).arg(flags);
    fleet.stranger().await.run(set).await;
}

async fn put(node: &Larder, spec: CacheSpec, name: &str) {
    let entry = node.cache::<u64>(spec).entry(|key| key.arg(name));
    entry.put(&1).await.unwrap();
}

/// The next entry's only argument.
async fn next(expired: &mut Expirations) -> String {
    let next = tokio::time::timeout(PATIENCE, expired.next());
    match next.await.expect("an event") {
        Some(Expiry::Entry(entry)) => entry.arguments.concat(),
        other => panic!("{other:?}"),
    }
}

async fn an_entry_that_expires_is_told_with_its_arguments(fleet: Fleet) {
    tell(&fleet, "Ex").await;
    let (node, other) = (fleet.node().await, fleet.node().await);
    let mut expired = other.expired("expired.actions").await.unwrap();
    // Neither another namespace nor another tenant.
    put(&node, OTHERS, "other").await;
    put(&node.tenant("acme"), ACTIONS, "of acme").await;
    let entry = node.cache::<u64>(ACTIONS).entry(|key| {
        key.arg("a b");
        key.arg(&7_u64);
        key.arg("");
    });
    entry.put(&1).await.unwrap();
    let event = tokio::time::timeout(PATIENCE, expired.next());
    let Some(Expiry::Entry(event)) = event.await.unwrap() else {
        panic!("no entry");
    };
    assert_eq!(event.arguments, ["a b", "7", ""]);
    assert_eq!(event.key, entry.key().unwrap());
    assert_eq!(event.version, 1);
}

async fn only_one_process_is_told_if_that_is_wanted(fleet: Fleet) {
    tell(&fleet, "Ex").await;
    let (node, other) = (fleet.node().await, fleet.node().await);
    let mut one = node
        .expired("expired.actions")
        .await
        .unwrap()
        .once_in_the_fleet();
    let mut another = other
        .expired("expired.actions")
        .await
        .unwrap()
        .once_in_the_fleet();
    let names = ["a", "b", "c", "d"];
    for name in names {
        put(&node, ACTIONS, name).await;
    }
    let mut told = Vec::new();
    while told.len() < names.len() {
        tokio::select! {
            name = next(&mut one) => told.push(name),
            name = next(&mut another) => told.push(name),
        }
    }
    // Had one been told twice, one of the others would be missing, or come now.
    put(&node, ACTIONS, "last").await;
    told.push(tokio::select! {
        name = next(&mut one) => name,
        name = next(&mut another) => name,
    });
    told.sort();
    assert_eq!(told, ["a", "b", "c", "d", "last"]);
}

async fn a_server_that_does_not_tell_is_an_error_that_says_so(fleet: Fleet) {
    for flags in ["", "x", "K"] {
        tell(&fleet, flags).await;
        let error = fleet.node().await.expired("expired.actions").await;
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains("CONFIG SET"), "{error}");
    }
}

async fn an_entry_that_is_invalidated_or_replaced_has_not_expired(fleet: Fleet) {
    tell(&fleet, "Ex").await;
    let node = fleet.node().await;
    let mut expired = node.expired("expired.actions").await.unwrap();
    let lasting = CacheSpec::new("expired.actions", Ttl::after(Duration::from_mins(1)));
    put(&node, lasting, "replaced").await;
    put(&node, lasting, "replaced").await;
    put(&node, lasting, "invalidated").await;
    let entry = node
        .cache::<u64>(lasting)
        .entry(|key| key.arg("invalidated"));
    entry.invalidate().await.unwrap();
    put(&node, ACTIONS, "expired").await;
    assert_eq!(next(&mut expired).await, "expired");
}

async fn a_closed_larder_tells_nothing_any_more(fleet: Fleet) {
    tell(&fleet, "Ex").await;
    let node = fleet.node().await;
    let mut expired = node.expired("expired.actions").await.unwrap();
    node.close().await;
    let end = tokio::time::timeout(PATIENCE, expired.next()).await;
    assert_eq!(end.expect("an end"), None);
}

/// Where the setting cannot be read, a key that expires is the test.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_who_may_not_read_the_setting_listens_all_the_same() {
    let fleet = Fleet::redis();
    let Fleet::Redis(server) = &fleet else {
        unreachable!("it was just started");
    };
    let allow = Command::new("ACL").arg("SETUSER").arg("app").arg("on");
    let allow = allow.args([">secret", "~*", "&*", "+@all", "-config"]);
    fleet.stranger().await.run(allow).await;
    let node = Larder::builder()
        .url(server.url().replace("redis://", "redis://app:secret@"))
        .command_timeout(Duration::from_secs(1))
        .build()
        .await
        .unwrap();

    let error = node.expired("expired.actions").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);

    tell(&fleet, "Ex").await;
    let mut expired = node.expired("expired.actions").await.unwrap();
    put(&node, ACTIONS, "a").await;
    assert_eq!(next(&mut expired).await, "a");
}

/// After a reconnect the listener goes on, and knows that it may have missed something.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_is_told_and_listening_goes_on() {
    let fleet = Fleet::redis();
    tell(&fleet, "Ex").await;
    let node = fleet.node().await;
    let mut expired = node.expired("expired.actions").await.unwrap();
    let kill = Command::new("CLIENT").arg("KILL").arg("TYPE").arg("pubsub");
    fleet.stranger().await.run(kill).await;
    let missed = tokio::time::timeout(PATIENCE, expired.next()).await;
    assert_eq!(missed.expect("a word"), Some(Expiry::Missed));
    put(&node, ACTIONS, "after").await;
    assert_eq!(next(&mut expired).await, "after");
}
