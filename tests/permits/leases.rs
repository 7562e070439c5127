//! A permit is kept while it is held, and ends when its holder is not heard of any more.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use larder::{ErrorKind, Larder, MemoryServer, Permits};
use tokio::sync::Semaphore;

use crate::fleet::Fleet;
use crate::support::still::Still;

on_each_backend!(
    a_permit_may_be_held_for_longer_than_its_lease,
    a_permit_is_kept_beside_a_runtime_that_stands_still,
);

const LEASE: Duration = Duration::from_millis(300);

fn exports(node: &Larder) -> Permits {
    let builder = node.permits("exports").lease(LEASE);
    builder.wait(Duration::from_mins(1)).limit(1).unwrap()
}

async fn a_permit_may_be_held_for_longer_than_its_lease(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let permit = exports(&here).acquire("all").await.unwrap();
    tokio::time::sleep(LEASE * 4).await;
    assert!(permit.is_held());
    assert!(exports(&there).try_acquire("all").await.unwrap().is_none());
    permit.release().await.unwrap();
    assert!(exports(&there).try_acquire("all").await.unwrap().is_some());
}

/// One that was taken there and is held elsewhere.
async fn a_permit_is_kept_beside_a_runtime_that_stands_still(fleet: Fleet) {
    let (node, still) = (fleet.node().await, Still::new());
    let permit = still.run(exports(&node).acquire("all")).unwrap();
    let body = permit.run(tokio::time::sleep(LEASE * 4));
    body.await.expect("it is kept");
    permit.release().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_permit_that_cannot_be_kept_is_lost_before_another_has_it() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let cut_off = exports(&Larder::builder().app("app").on_memory_link(link));
    let other = exports(&Larder::builder().app("app").on_memory(&server));

    let start = tokio::time::Instant::now();
    let ended = Arc::new(Mutex::new(None));
    let entered = Arc::new(Semaphore::new(0));
    let (guard, begun) = (Ended(Arc::clone(&ended), start), Arc::clone(&entered));
    let first = tokio::spawn(async move {
        let body = async move {
            let _guard = guard;
            begun.add_permits(1);
            std::future::pending::<()>().await;
        };
        cut_off.run("all", body).await
    });
    let _entered = entered.acquire().await;
    control.black_hole();
    let second = other.acquire("all").await.unwrap();
    let had = start.elapsed();
    assert!(second.is_held());
    assert_eq!(
        first.await.unwrap().unwrap_err().kind(),
        ErrorKind::LeaseLost
    );
    let ended = ended.lock().unwrap().expect("the body was dropped");
    assert!(ended < had, "{ended:?}, {had:?}");
    assert!(had <= LEASE + Duration::from_millis(20), "{had:?}");
}

/// Notes when it is dropped.
struct Ended(Arc<Mutex<Option<Duration>>>, tokio::time::Instant);

impl Drop for Ended {
    fn drop(&mut self) {
        *self.0.lock().unwrap() = Some(self.1.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_shorter_than_the_lease_loses_no_permit() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let here = exports(&Larder::builder().app("app").on_memory_link(link));
    let there = exports(&Larder::builder().app("app").on_memory(&server));
    let permit = here.acquire("all").await.unwrap();
    for _ in 0..20 {
        control.cut();
        tokio::time::sleep(LEASE / 3).await;
        control.heal();
        tokio::time::sleep(LEASE / 2).await;
        assert!(permit.is_held());
        assert!(there.try_acquire("all").await.unwrap().is_none());
    }
}

/// A place in the queue whose owner has died costs the others a second at most.
#[tokio::test(start_paused = true)]
async fn a_waiter_that_has_died_is_passed_over() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let long = |node: &Larder| {
        let builder = node.permits("exports").lease(Duration::from_mins(10));
        builder.wait(Duration::from_mins(5)).limit(1).unwrap()
    };
    let dying = long(&Larder::builder().app("app").on_memory_link(link));
    let (holding, waiting) = (
        long(&Larder::builder().app("app").on_memory(&server)),
        long(&Larder::builder().app("app").on_memory(&server)),
    );
    let held = holding.acquire("all").await.unwrap();
    let died = tokio::spawn(async move { dying.acquire("all").await.map(drop) });
    tokio::time::sleep(Duration::from_millis(10)).await;
    control.black_hole();
    died.abort();
    let waiting = tokio::spawn(async move { waiting.acquire("all").await });
    tokio::time::sleep(Duration::from_millis(10)).await;
    let released = tokio::time::Instant::now();
    held.release().await.unwrap();
    assert!(waiting.await.unwrap().unwrap().is_held());
    assert!(
        released.elapsed() <= Duration::from_millis(1010),
        "{:?}",
        released.elapsed()
    );
}
