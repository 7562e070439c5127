//! Fences grow, whatever happens, and late writes are refused.

use std::time::Duration;

use larder::{ErrorKind, Larder, MemoryServer, lock};
use larder_runtime::backend::{Backend, Call, Command, Resend};

use crate::fleet::Fleet;

on_each_backend!(
    every_holder_has_a_greater_fence,
    a_body_knows_its_fence,
    each_key_has_a_fence_of_its_own,
    a_fence_grows_even_if_the_last_one_was_forgotten,
    a_late_write_is_refused,
);

async fn every_holder_has_a_greater_fence(fleet: Fleet) {
    let nodes = [fleet.node().await, fleet.node().await];
    let mut last = 0;
    for round in 0..20 {
        let lock = nodes[round % 2].lock("jobs");
        let guard = if round % 3 == 0 {
            lock.read("a").await
        } else {
            lock.acquire("a").await
        };
        let guard = guard.unwrap();
        assert!(guard.fence() > last);
        // A SQL `BIGINT` holds it.
        assert!(i64::try_from(guard.fence()).is_ok());
        last = guard.fence();
        guard.release().await.unwrap();
    }
}

async fn a_body_knows_its_fence(fleet: Fleet) {
    let node = fleet.node().await;
    let guard = node.lock("jobs").acquire("a").await.unwrap();
    let body = guard.run(async {
        let inner = Larder::memory().lock("others");
        let within = inner
            .run("a", async { lock::fence().unwrap() })
            .await
            .unwrap();
        (lock::fence().unwrap(), within)
    });
    let (outer, within) = body.await.unwrap();
    assert_eq!(outer, guard.fence());
    assert_ne!(within, guard.fence());
    assert_eq!(lock::fence().unwrap_err().kind(), ErrorKind::LockLost);
}

#[tokio::test]
async fn a_body_that_has_blocked_past_its_lease_gets_no_fence() {
    let lock = Larder::memory().lock("jobs");
    let lock = lock.lease(Duration::from_millis(50));
    let guard = lock.acquire("a").await.unwrap();
    let body = guard.run(async {
        lock::fence().unwrap();
        // On one thread nobody can renew it meanwhile.
        while guard.is_held() {
            std::thread::yield_now();
        }
        assert_eq!(lock::fence().unwrap_err().kind(), ErrorKind::LockLost);
    });
    assert_eq!(body.await.unwrap_err().kind(), ErrorKind::LockLost);
}

async fn each_key_has_a_fence_of_its_own(fleet: Fleet) {
    let node = fleet.node().await;
    let b = node.lock("jobs").acquire("b").await.unwrap().fence();
    let guard = node
        .lock("jobs")
        .acquire_all(&["c", "b", "a"])
        .await
        .unwrap();
    let [fence_c, fence_b, fence_a] = guard.fences()[..] else {
        panic!("three keys have three fences")
    };
    assert!(fence_b > b);
    assert_eq!(guard.fence(), fence_c);
    guard.release().await.unwrap();
    for (key, before) in [("a", fence_a), ("b", fence_b), ("c", fence_c)] {
        assert!(node.lock("jobs").acquire(key).await.unwrap().fence() > before);
    }
}

async fn a_fence_grows_even_if_the_last_one_was_forgotten(fleet: Fleet) {
    let node = fleet.node().await;
    let before = node.lock("jobs").acquire("a").await.unwrap();
    let fence = before.fence();
    before.release().await.unwrap();
    // A replica that knew nothing is promoted, or somebody clears the database.
    fleet.flush().await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    let after = node.lock("jobs").acquire("a").await.unwrap();
    assert!(after.fence() > fence);
}

async fn a_late_write_is_refused(fleet: Fleet) {
    let (one, other) = (fleet.node().await, fleet.node().await);
    let parcels = |node: &Larder| {
        node.store::<u64>("parcels")
            .ttl(Duration::from_mins(1))
            .unwrap()
    };
    let late = one.lock("jobs").acquire("a").await.unwrap();
    parcels(&one)
        .set_fenced("a", &1, late.fence())
        .await
        .unwrap();
    // The server forgets the lock: two hold it now.
    fleet.stranger().await.delete("app::~jobs:1:a").await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    let holder = other.lock("jobs").acquire("a").await.unwrap();
    parcels(&other)
        .set_fenced("a", &2, holder.fence())
        .await
        .unwrap();
    let refused = parcels(&one).set_fenced("a", &3, late.fence()).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::LockLost);
    assert_eq!(parcels(&one).get("a").await.unwrap(), Some(2));
    // Neither the end of the value nor its removal lets it in.
    parcels(&other).delete("a").await.unwrap();
    assert!(
        parcels(&one)
            .set_fenced("a", &3, late.fence())
            .await
            .is_err()
    );
    parcels(&other).set_fenced("a", &4, u64::MAX).await.unwrap();
    assert!(
        parcels(&one)
            .set_fenced("a", &5, u64::MAX - 1)
            .await
            .is_err()
    );
    let keys = fleet.stranger().await.times_to_live().await;
    assert!(keys.iter().all(|(_, left)| *left > 0), "{keys:?}");
    // The fence outlives the value, which lives for a minute.
    let left = Command::new("PTTL").arg("{app::=parcels:1:a}:fence");
    let left = fleet.stranger().await.run(left).await;
    let days = left.into_int("PTTL").unwrap() / 86_400_000;
    assert!((29..=30).contains(&days), "{days} days");
    // A durable store keeps the fence as long as the value.
    let lasting = one.store::<u64>("lasting").durable().unwrap();
    lasting.set_fenced("a", &1, 7).await.unwrap();
    let left = Command::new("PTTL").arg("{app::=lasting:1:a}:fence");
    let left = fleet.stranger().await.run(left).await;
    assert_eq!(left.into_int("PTTL").unwrap(), -1);
    // Nor does a clearing of the store let in who comes late.
    assert_eq!(lasting.clear().await.unwrap(), 1);
    let refused = lasting.set_fenced("a", &2, 6).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::LockLost);
    assert_eq!(lasting.get("a").await.unwrap(), None);
}

/// The key of a lock that is in use never ends, though its end is moved on about once a day only.
#[tokio::test(start_paused = true)]
async fn a_lock_that_is_in_use_keeps_its_last_fence() {
    const WEEK: u64 = 7 * 24 * 3_600;
    let server = MemoryServer::new();
    let node = Larder::builder().app("app").on_memory(&server);
    let lock = node.lock("jobs").lease(Duration::from_hours(12));
    let mut last = 0;
    for hours in 0..8 * 7 * 24 / 5 {
        let guard = lock.acquire("a").await.unwrap();
        assert!(guard.fence() > last, "after {hours} times 5 hours");
        last = guard.fence();
        guard.release().await.unwrap();
        let left = Command::new("TTL").arg("app::~jobs:1:a");
        let call = Call {
            deadline: server.clock().now() + Duration::from_secs(1),
            resend: Resend::Never,
        };
        let left = server.connect().run(&left, &call).await.unwrap();
        let left = left.into_int("TTL").unwrap().unsigned_abs();
        assert!((4 * WEEK..5 * WEEK).contains(&left), "{left} s are left");
        tokio::time::sleep(Duration::from_hours(5)).await;
    }
    // Held for longer than it would be kept.
    let guard = lock.acquire("a").await.unwrap();
    tokio::time::sleep(Duration::from_secs(6 * WEEK)).await;
    assert!(guard.is_held());
    assert!(lock.try_acquire("a").await.unwrap().is_none());
    guard.release().await.unwrap();
    assert!(lock.acquire("a").await.unwrap().fence() > last);
}
