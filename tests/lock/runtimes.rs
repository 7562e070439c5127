//! Several runtimes in one process wait for locks: one that has ended, or that nobody drives, keeps
//! nobody in another from being woken.

use std::pin::pin;
use std::time::Duration;

use larder::ErrorKind;

use crate::fleet::Fleet;
use crate::support::runtimes::{Fate, another, home};

/// A wait and a lease that are not over before the test is.
const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(50);

whatever_becomes_of_the_first_runtime!(
    whoever_waits_in_another_runtime_is_woken,
    whoever_waits_for_the_same_lock_is_woken,
);

fn whoever_waits_in_another_runtime_is_woken(fleet: &Fleet, fate: Fate) {
    one_waits_after_another(fleet, fate, ["a", "b"]);
}

fn whoever_waits_for_the_same_lock_is_woken(fleet: &Fleet, fate: Fate) {
    one_waits_after_another(fleet, fate, ["a", "a"]);
}

/// Somebody waits for the first of the keys in a runtime of his own and gives up; somebody waits
/// for the second in another.
fn one_waits_after_another(fleet: &Fleet, fate: Fate, keys: [&'static str; 2]) {
    let home = home();
    let (holder, node, stranger) = home.block_on(async {
        let (holder, node) = (fleet.node().await, fleet.node().await);
        (holder, node, fleet.stranger().await)
    });
    let guard = home.block_on(holder.lock("jobs").lease(LONG).acquire_all(&keys));
    let first = another();
    let busy = first.block_on(node.lock("jobs").wait(SHORT).acquire(keys[0]));
    assert_eq!(busy.unwrap_err().kind(), ErrorKind::LockBusy);
    let _first = fate.befall(first);

    another().block_on(async {
        let lock = node.lock("jobs").wait(LONG);
        let mut waiting = pin!(lock.acquire(keys[1]));
        let channel = format!("{{app::~jobs:1:{}}}:queue", keys[1]);
        tokio::select! {
            biased;
            got = &mut waiting => panic!("{fate:?}: {got:?}"),
            () = stranger.until_heard(&channel, 1) => {}
        }
        home.spawn(guard.unwrap().release());
        drop(waiting.await.unwrap());
    });
}
