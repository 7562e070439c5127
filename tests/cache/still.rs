//! One Larder may be used from several runtimes, of which one stands still: what its callers have
//! begun holds up nobody of another.

use std::time::Duration;

use larder::{CacheSpec, Ttl};

use crate::fleet::{Fleet, PATIENCE};
use crate::linked::Linked;
use crate::support::still::Still;

const MILLI: Duration = Duration::from_millis(1);
const PLAIN: CacheSpec = CacheSpec::new("still", Ttl::NEVER);
const RIPE: CacheSpec = CacheSpec::new("still.ripe", Ttl::NEVER)
    .refresh_every(MILLI)
    .lease(Duration::from_millis(100));
const SOON: CacheSpec = PLAIN
    .lease(Duration::from_millis(100))
    .wait(Duration::from_millis(100))
    .budget(Duration::from_millis(100));

on_each_backend!(
    an_invalidation_that_waits_is_carried_out_from_another_runtime,
    an_entry_is_refreshed_from_another_runtime,
    an_entry_is_loaded_from_another_runtime,
);

/// What comes true once others have waited for who stands still as long as they would for who does
/// not answer.
async fn sooner_or_later(mut comes_true: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !comes_true().await {
            tokio::time::sleep(5 * MILLI).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    waited.expect("nobody waits for ever");
}

async fn an_invalidation_that_waits_is_carried_out_from_another_runtime(fleet: Fleet) {
    let (rig, still) = (Linked::new(fleet).await, Still::new());
    let entry = rig.here.cache::<u64>(PLAIN).entry(|key| key.arg(&7_u64));
    entry.put(&1).await.unwrap();
    rig.link.cut();
    let error = still.run(async { entry.invalidate().await }).unwrap_err();
    assert!(error.is_queued(), "{error}");
    rig.link.heal();
    sooner_or_later(async || {
        assert_eq!(entry.get_or_load(async { 2 }).await, 2);
        rig.here.queued_invalidations() == 0
    })
    .await;
    let there = rig.there.cache::<u64>(PLAIN);
    let there = there.entry(|key| key.arg(&7_u64));
    assert_ne!(there.peek().await.unwrap(), Some(1));
    // The one that stood still ends, and the next one is carried out as ever.
    drop(still);
    rig.link.cut();
    entry.invalidate().await.unwrap_err();
    rig.link.heal();
    rig.caught_up().await;
}

async fn an_entry_is_refreshed_from_another_runtime(fleet: Fleet) {
    let (node, still) = (fleet.node().await, Still::new());
    let entry = node.cache::<u64>(RIPE).entry(|key| key.arg(&7_u64));
    entry.put(&1).await.unwrap();
    tokio::time::sleep(2 * MILLI).await;
    let stale = still.run(entry.get_or_spawn(|_| async { 2 }));
    assert_eq!(stale, 1, "the refresh is to run there");
    sooner_or_later(async || entry.get_or_spawn(|_| async { 3 }).await == 3).await;
    // What stood still leaves the mark of another alone.
    drop(still);
    sooner_or_later(async || entry.get_or_spawn(|_| async { 4 }).await == 4).await;
}

/// Whoever stands still on the way to the lease is waited for, and then passed over.
async fn an_entry_is_loaded_from_another_runtime(fleet: Fleet) {
    let (rig, still) = (Linked::new(fleet).await, Still::new());
    let entry = rig.here.cache::<u64>(SOON).entry(|key| key.arg(&7_u64));
    rig.link.stall();
    let theirs = entry.clone();
    still.begin_once(async move { theirs.get_or_load(async { 1 }).await });
    rig.link.heal();
    sooner_or_later(async || {
        assert_eq!(entry.get_or_load(async { 2 }).await, 2);
        // The connection may not be back yet.
        entry.peek().await.is_ok_and(|found| found == Some(2))
    })
    .await;
    // The one that stood still leaves what it has found when it ends.
    drop(still);
    assert_eq!(entry.peek().await.unwrap(), Some(2));
}
