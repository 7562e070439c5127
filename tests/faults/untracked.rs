//! A server that refuses for a while to tell of changes.

use std::time::Duration;

use larder::{CacheSpec, Entry, HealthStatus, Larder, Local, Ttl};
use larder_runtime::clock::Clock;

use crate::rig::patiently;
use crate::support::server::RedisServer;

const NUMBERS: CacheSpec = CacheSpec::new("untracked", Ttl::after(Duration::from_mins(10)));

fn entry(larder: &Larder) -> Entry<u64> {
    let numbers = larder.cache::<u64>(NUMBERS).local(Local::WhileFresh);
    numbers.entry(|key| key.arg(&7_u64))
}

/// Calls until a copy in this process has answered.
async fn until_a_copy_is_served(larder: &Larder) {
    let before = larder.stats("untracked").local_hits;
    while larder.stats("untracked").local_hits == before {
        assert_eq!(entry(larder).get_or_load(async { 7 }).await, 7);
        Clock::machine().sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn once_it_tells_all_is_well_again() {
    let rules = "~* &* +@all -client|tracking";
    let server = RedisServer::builder()
        .acl_user_with("reader", "secret", rules)
        .start();
    let url = format!("redis://reader:secret@{}", server.address());
    let larder = Larder::builder().url(url).build().await.unwrap();
    for _ in 0..3 {
        entry(&larder).get_or_load(async { 7 }).await;
    }
    let health = larder.health().await;
    assert_eq!(health.status, HealthStatus::Degraded);
    assert!(health.degraded.join("").contains("TRACKING"), "{health:?}");
    assert_eq!(larder.stats("untracked").local_hits, 0);

    server.command(&["ACL", "SETUSER", "reader", "+client|tracking"]);
    server.command(&["CLIENT", "KILL", "USER", "reader"]);
    patiently(until_a_copy_is_served(&larder)).await;
    let health = larder.health().await;
    assert_eq!(health.status, HealthStatus::Up, "{health:?}");
}
