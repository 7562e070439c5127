//! So many at a time, first come, first served.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use larder::{Error, ErrorKind, Larder, MemoryServer, Permits};
use tokio::sync::Semaphore;

use crate::fleet::Fleet;

on_each_backend!(
    there_are_never_more_than_so_many_and_all_get_on,
    whoever_came_first_is_first,
    a_waiter_that_is_dropped_stands_in_nobodys_way,
    a_caller_waits_no_longer_than_it_may,
    who_waits_when_the_larder_is_closed_is_told_that,
    permits_of_other_keys_namespaces_and_tenants_are_others,
    a_body_gives_its_permit_back_however_it_ends,
    another_number_applies_from_the_next_call_on,
    every_key_has_an_end,
    who_closes_his_larder_leaves_no_permit,
);

fn exports(node: &Larder, limit: u32) -> Permits {
    let builder = node.permits("exports").wait(Duration::from_mins(2));
    // Longer than a case may take: nobody gets a permit because another's has ended.
    builder.lease(Duration::from_mins(10)).limit(limit).unwrap()
}

async fn there_are_never_more_than_so_many_and_all_get_on(fleet: Fleet) {
    let mut nodes = Vec::new();
    for _ in 0..3 {
        nodes.push(exports(&fleet.node().await, 4));
    }
    let (running, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let callers: Vec<_> = (0..60)
        .map(|caller| {
            let exports = nodes[caller % 3].clone();
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            tokio::spawn(async move {
                let body = async {
                    let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                    most.fetch_max(now, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(3)).await;
                    running.fetch_sub(1, Ordering::SeqCst);
                };
                exports.run("all", body).await
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    // All of them were used, and no more.
    assert_eq!(most.load(Ordering::SeqCst), 4);
}

/// Until so many wait in the queue.
async fn queued(fleet: &Fleet, count: i64) {
    use larder_runtime::backend::Command;

    let stranger = fleet.stranger().await;
    loop {
        let length = Command::new("ZCARD").arg("{app::+exports:1:all}:queue");
        let length = stranger.run(length).await.into_int("ZCARD").unwrap();
        if length == count {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn whoever_came_first_is_first(fleet: Fleet) {
    let nodes = [fleet.node().await, fleet.node().await, fleet.node().await];
    let first = exports(&nodes[0], 1).acquire("all").await.unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut waiting = Vec::new();
    for place in 0..12 {
        let exports = exports(&nodes[place % 3], 1);
        let order = Arc::clone(&order);
        waiting.push(tokio::spawn(async move {
            let permit = exports.acquire("all").await.unwrap();
            order.lock().unwrap().push(place);
            permit.release().await.unwrap();
        }));
        queued(&fleet, i64::try_from(place).unwrap() + 1).await;
    }
    // Somebody who does not wait comes between none of them.
    assert!(
        exports(&nodes[1], 1)
            .try_acquire("all")
            .await
            .unwrap()
            .is_none()
    );
    first.release().await.unwrap();
    for waiter in waiting {
        waiter.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), (0..12).collect::<Vec<_>>());
}

async fn a_waiter_that_is_dropped_stands_in_nobodys_way(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let held = exports(&here, 1).acquire("all").await.unwrap();
    let dropped = exports(&here, 1);
    let dropped = tokio::spawn(async move { dropped.acquire("all").await.map(drop) });
    queued(&fleet, 1).await;
    let next = exports(&there, 1);
    let next = tokio::spawn(async move { next.acquire("all").await });
    queued(&fleet, 2).await;
    dropped.abort();
    queued(&fleet, 1).await;
    held.release().await.unwrap();
    let next = tokio::time::timeout(Duration::from_secs(20), next).await;
    assert!(next.expect("it is his turn").unwrap().unwrap().is_held());
}

async fn a_caller_waits_no_longer_than_it_may(fleet: Fleet) {
    let node = fleet.node().await;
    let held = exports(&node, 1).acquire("all").await.unwrap();
    for wait in [Duration::ZERO, Duration::from_millis(30)] {
        let impatient = node.permits("exports").wait(wait).limit(1).unwrap();
        let error = impatient.acquire("all").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoPermit);
        assert!(error.is_temporary());
    }
    // And leaves its place.
    queued(&fleet, 0).await;
    held.release().await.unwrap();
    assert!(
        exports(&node, 1)
            .try_acquire("all")
            .await
            .unwrap()
            .is_some()
    );
}

async fn who_waits_when_the_larder_is_closed_is_told_that(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let _held = exports(&here, 1).acquire("all").await.unwrap();
    let waiting = exports(&there, 1);
    let waiting = tokio::spawn(async move { waiting.acquire("all").await.map(drop) });
    queued(&fleet, 1).await;
    there.close().await;
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
}

async fn permits_of_other_keys_namespaces_and_tenants_are_others(fleet: Fleet) {
    let node = fleet.node().await;
    let _held = exports(&node, 1).acquire("all").await.unwrap();
    assert!(
        exports(&node, 1)
            .try_acquire("all")
            .await
            .unwrap()
            .is_none()
    );
    let others = [
        exports(&node, 1).try_acquire("other").await,
        exports(&node.tenant("acme"), 1).try_acquire("all").await,
        node.permits("imports")
            .limit(1)
            .unwrap()
            .try_acquire("all")
            .await,
    ];
    for other in others {
        assert!(other.unwrap().is_some());
    }
}

async fn a_body_gives_its_permit_back_however_it_ends(fleet: Fleet) {
    let node = fleet.node().await;
    let exports = exports(&node, 1);
    exports.run("all", async { 1 }).await.unwrap();

    let panicking = exports.clone();
    let panicking =
        tokio::spawn(async move { panicking.run("all", async { panic!("on purpose") }).await });
    assert!(panicking.await.is_err());

    let (entered, dropped) = (Arc::new(Semaphore::new(0)), exports.clone());
    let begun = Arc::clone(&entered);
    let dropped = tokio::spawn(async move {
        let body = async {
            begun.add_permits(1);
            std::future::pending::<()>().await;
        };
        dropped.run("all", body).await
    });
    let _entered = entered.acquire().await;
    dropped.abort();
    // Each of them waits for the one before, if that has not left yet.
    exports.run("all", async { 2 }).await.unwrap();
}

async fn another_number_applies_from_the_next_call_on(fleet: Fleet) {
    let node = fleet.node().await;
    let _held = exports(&node, 1).acquire("all").await.unwrap();
    let _more = exports(&node, 2).acquire("all").await.unwrap();
    assert!(
        exports(&node, 2)
            .try_acquire("all")
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        exports(&node, 1)
            .try_acquire("all")
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(exports(&node, 1).in_use("all").await.unwrap(), 2);
}

async fn every_key_has_an_end(fleet: Fleet) {
    let node = fleet.node().await;
    let held = exports(&node, 1).acquire("all").await.unwrap();
    let waiting = exports(&node, 1);
    let waiting = tokio::spawn(async move { waiting.acquire("all").await.map(drop) });
    queued(&fleet, 1).await;
    let keys = fleet.stranger().await.times_to_live().await;
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert!(keys.iter().all(|(_, left)| *left > 0), "{keys:?}");
    held.release().await.unwrap();
    waiting.await.unwrap().unwrap();
}

/// The fast path: what this process knows by itself it does not ask.
#[tokio::test(start_paused = true)]
async fn while_this_process_holds_all_the_server_is_not_asked() -> Result<(), Error> {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let exports = exports(&Larder::builder().on_memory_link(link), 2);
    let (one, _two) = (exports.acquire("all").await?, exports.acquire("all").await?);
    let before = control.round_trips();
    for _ in 0..100 {
        assert!(exports.try_acquire("all").await?.is_none());
    }
    assert_eq!(control.round_trips().since(&before).total(), 0);
    one.release().await?;
    assert!(exports.try_acquire("all").await?.is_some());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_is_woken_and_does_not_poll() {
    let fleet = Fleet::redis();
    let Fleet::Redis(server) = &fleet else { return };
    let (here, there) = (fleet.node().await, fleet.node().await);
    let held = exports(&here, 1).acquire("all").await.unwrap();
    let waiting = exports(&there, 1);
    let mut monitor = server.monitor();
    let waiting = tokio::spawn(async move { waiting.acquire("all").await });
    queued(&fleet, 1).await;
    let _ = monitor.commands();
    // Whatever it would poll it does now.
    tokio::time::sleep(Duration::from_millis(700)).await;
    let commands = monitor.commands();
    let scripts = commands
        .iter()
        .filter(|command| command.words[0].starts_with("EVAL"));
    assert_eq!(scripts.count(), 0);
    held.release().await.unwrap();
    assert!(waiting.await.unwrap().unwrap().is_held());
}

/// Nobody waits until the permit of a body that is done is given back; who closes his Larder has
/// given everything back all the same.
async fn who_closes_his_larder_leaves_no_permit(fleet: Fleet) {
    let (node, other) = (fleet.node().await, fleet.node().await);
    exports(&node, 1).run("a", async {}).await.unwrap();
    node.close().await;
    let permit = exports(&other, 1).try_acquire("a").await.unwrap();
    permit.expect("nobody has it").release().await.unwrap();
}
