//! Two nodes, one lock: one holds it and writes under it while something goes wrong, and the other
//! wants it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use larder::{ErrorKind, Larder, LockGuard, Store};
use tokio::sync::Notify;

use super::site::Site;
use crate::fleet::PATIENCE;

pub(super) const LEASE: Duration = Duration::from_millis(600);
/// Longer than a holder that has lost its lock can go on.
const ENOUGH: Duration = LEASE.saturating_mul(3);

/// What came of one round.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    /// Both were in their critical sections at once.
    pub(super) overlap: bool,
    /// So many late writes of the older holder were refused.
    pub(super) refused: usize,
}

/// What both know.
#[derive(Debug, Default)]
struct Seen {
    /// The older holder's body has not ended.
    is_running: AtomicBool,
    /// The next holder has written.
    has_written: AtomicBool,
    wrote_first: Notify,
    refused: AtomicUsize,
    /// Late writes that got in.
    broken: AtomicUsize,
    stop: Notify,
}

/// Ends with the body, however that ends.
struct Running(Arc<Seen>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.is_running.store(false, SeqCst);
    }
}

/// One holds the lock, it happens, and the other gets the lock.
pub(super) async fn contest(mut site: Site, key: u64) -> Outcome {
    let seen = Arc::new(Seen::default());
    site.prepare();
    let lock = site.holder.lock("jobs").lease(LEASE);
    let guard = lock.acquire(&key).await.unwrap();
    let older = guard.fence();
    let parcels = parcels(&site).await;
    let insisting = tokio::spawn(insist(guard, parcels.clone(), key, Arc::clone(&seen)));
    seen.wrote_first.notified().await;

    let mut next = tokio::spawn(take_next(site.contender.clone(), key, Arc::clone(&seen)));
    site.strike().await;
    let taken = match tokio::time::timeout(ENOUGH, &mut next).await {
        Ok(taken) => taken,
        // The lock has outlived it: its holder leaves.
        Err(_elapsed) => {
            seen.stop.notify_one();
            next.await
        }
    };
    let (guard, overlap) = taken.unwrap();
    assert!(guard.fence() > older, "a fence has gone back");
    parcels.set_fenced(&key, &2, guard.fence()).await.unwrap();
    seen.has_written.store(true, SeqCst);
    while seen.is_running.load(SeqCst) && seen.refused.load(SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    seen.stop.notify_one();
    insisting.await.unwrap();

    let late = parcels.set_fenced(&key, &1, older).await;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::LockLost);
    assert_eq!(parcels.get(&key).await.unwrap(), Some(2));
    assert_eq!(seen.broken.load(SeqCst), 0, "a late write got in");
    Outcome {
        overlap,
        refused: seen.refused.load(SeqCst) + 1,
    }
}

async fn parcels(site: &Site) -> Store<u64> {
    let builder = Larder::builder().url(site.vault.url()).app("app");
    let builder = builder.call_budget(PATIENCE).command_timeout(PATIENCE);
    let vault = builder.build().await.expect("a running server");
    vault.store::<u64>("parcels").durable().unwrap()
}

/// Writes under the lock, again and again, whatever comes of it, until the lock is lost or it is
/// told to stop.
async fn insist(guard: LockGuard, parcels: Store<u64>, key: u64, seen: Arc<Seen>) {
    seen.is_running.store(true, SeqCst);
    let running = Running(Arc::clone(&seen));
    let fence = guard.fence();
    let body = Box::pin(async {
        let _running = running;
        loop {
            let is_late = seen.has_written.load(SeqCst);
            match parcels.set_fenced(&key, &1, fence).await {
                Ok(()) if is_late => _ = seen.broken.fetch_add(1, SeqCst),
                Ok(()) => seen.wrote_first.notify_one(),
                Err(error) if error.kind() == ErrorKind::LockLost => {
                    seen.refused.fetch_add(1, SeqCst);
                }
                Err(error) => panic!("the vault is well: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    let _ended = guard
        .run(async {
            tokio::select! {
                () = body => {}
                () = seen.stop.notified() => {}
            }
        })
        .await;
    // It may not be there any more, nor may the server.
    let _ = guard.release().await;
}

/// Takes the lock as soon as it can be had, and says whether the older holder still runs then.
async fn take_next(contender: Larder, key: u64, seen: Arc<Seen>) -> (LockGuard, bool) {
    let lock = contender.lock("jobs").lease(PATIENCE).wait(PATIENCE);
    loop {
        match lock.acquire(&key).await {
            Ok(guard) => return (guard, seen.is_running.load(SeqCst)),
            Err(error) => assert!(error.is_temporary(), "{error}"),
        }
    }
}
