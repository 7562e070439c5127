//! Several runtimes in one process wait for permits: one that has ended, or that nobody drives,
//! keeps nobody in another from being woken.

use std::pin::pin;
use std::time::Duration;

use larder::ErrorKind;

use crate::fleet::Fleet;
use crate::support::runtimes::{Fate, another, home};

/// A wait and a lease that are not over before the test is.
const LONG: Duration = Duration::from_mins(1);

whatever_becomes_of_the_first_runtime!(whoever_waits_in_another_runtime_is_woken);

fn whoever_waits_in_another_runtime_is_woken(fleet: &Fleet, fate: Fate) {
    let home = home();
    let (holder, node, stranger) = home.block_on(async {
        let (holder, node) = (fleet.node().await, fleet.node().await);
        (holder, node, fleet.stranger().await)
    });
    let exports = |node: &larder::Larder, wait| {
        let builder = node.permits("exports").lease(LONG).wait(wait);
        builder.limit(1).unwrap()
    };
    let held = ["a", "b"].map(|key| home.block_on(exports(&holder, LONG).acquire(key)).unwrap());
    let first = another();
    let refused = first.block_on(exports(&node, Duration::from_millis(50)).acquire("a"));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::NoPermit);
    let _first = fate.befall(first);

    another().block_on(async {
        let exports = exports(&node, LONG);
        let mut waiting = pin!(exports.acquire("b"));
        tokio::select! {
            biased;
            got = &mut waiting => panic!("{fate:?}: {got:?}"),
            () = stranger.until_heard("{app::+exports:1:b}:turns", 1) => {}
        }
        let [_first, second] = held;
        home.spawn(second.release());
        drop(waiting.await.unwrap());
    });
}
