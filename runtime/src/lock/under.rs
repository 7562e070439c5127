//! Bodies that run under locks: stopped before a lease can have ended, and aware of what they run
//! under.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context as Task, Poll};

use super::hold::Hold;
use super::spec::LockPlacement;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;

tokio::task_local! {
    /// What the body that is being polled runs under. No handle knows that, so it is the one static
    /// outside of `global.rs`.
    static UNDER: Under;
}

/// The locks that a body runs under, and those that it ran under before.
#[derive(Debug, Clone)]
struct Under(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    holds: Vec<Arc<Hold>>,
    outer: Option<Under>,
}

/// The fence of the lock that this body runs under: greater than that of every holder before. With
/// several keys it is the first one's; see [`fences`].
///
/// # Errors
/// [`ErrorKind::LockLost`] outside of a body, and in one whose lock is lost.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// let orders = larder::Larder::memory().lock("orders");
/// let fence = orders.run("7", async { larder::lock::fence() }).await??;
/// let later = orders.run("7", async { larder::lock::fence() }).await??;
/// assert!(later > fence);
/// assert!(larder::lock::fence().is_err());
/// # Ok(())
/// # }
/// ```
pub fn fence() -> Result<u64> {
    fences()?.first().copied().ok_or_else(outside)
}

/// The fences of all keys of the lock that this body runs under, in the order in which the keys
/// were written. What a key protects is given the fence of that key.
///
/// # Errors
/// As [`fence`].
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// let accounts = larder::Larder::memory().lock("accounts");
/// let guard = accounts.acquire_all(&["ada", "grace"]).await?;
/// let fences = guard.run(async { larder::lock::fences() }).await??;
/// assert_eq!(fences, guard.fences());
/// # Ok(())
/// # }
/// ```
pub fn fences() -> Result<Vec<u64>> {
    UNDER
        .try_with(Under::fences)
        .unwrap_or_else(|_| Err(outside()))
}

/// The hold of this lock that the body which is being polled runs under. Locks of one name are two,
/// if one of them is kept by a quorum.
pub(super) fn held_here(lock: &Key, placement: LockPlacement) -> Option<Arc<Hold>> {
    let is_this = |hold: &Hold| *hold.lock() == *lock && hold.placement == placement;
    UNDER.try_with(|under| under.find(is_this)).ok().flatten()
}

/// Runs a body under these locks; an error if one of them is not sure any more before the body is
/// done. The body is dropped then.
pub(super) async fn under<F: Future>(
    clock: &Clock,
    holds: Vec<Arc<Hold>>,
    body: F,
) -> Result<F::Output> {
    let outer = UNDER.try_with(Clone::clone).ok();
    let under = Under(Arc::new(Inner {
        clock: clock.clone(),
        holds: holds.clone(),
        outer,
    }));
    let mut body = pin!(UNDER.scope(under, body));
    let mut lost = pin!(any_lost(clock, &holds));
    std::future::poll_fn(|task| {
        // First, and by the clock: whatever woke this, a body that has lost its lock is not polled.
        if !all_held(clock, &holds) || lost.as_mut().poll(task).is_ready() {
            return Poll::Ready(Err(lost_error(&holds)));
        }
        let Poll::Ready(output) = body.as_mut().poll(task) else {
            return Poll::Pending;
        };
        Poll::Ready(if all_held(clock, &holds) {
            Ok(output)
        } else {
            Err(lost_error(&holds))
        })
    })
    .await
}

/// Ready when one of them is not sure any more.
pub(super) async fn any_lost(clock: &Clock, holds: &[Arc<Hold>]) {
    let mut lost: Vec<Pin<Box<dyn Future<Output = ()> + Send + '_>>> = holds
        .iter()
        .map(|hold| Box::pin(hold.lost(clock)) as Pin<Box<dyn Future<Output = ()> + Send + '_>>)
        .collect();
    std::future::poll_fn(move |task: &mut Task<'_>| {
        // All are polled, so that each can wake this.
        lost.iter_mut()
            .fold(Poll::Pending, |sum, lost| match lost.as_mut().poll(task) {
                Poll::Ready(()) => Poll::Ready(()),
                Poll::Pending => sum,
            })
    })
    .await;
}

pub(super) fn all_held(clock: &Clock, holds: &[Arc<Hold>]) -> bool {
    let now = clock.now();
    holds.iter().all(|hold| hold.is_held(now))
}

/// The error of a body that was stopped.
pub(super) fn lost_error(holds: &[Arc<Hold>]) -> Error {
    let error = Error::new(
        ErrorKind::LockLost,
        "lock",
        "the lock was lost before the body was done: the body was stopped, and may have done a part of its work",
    );
    holds
        .iter()
        .take(1)
        .fold(error, |error, hold| error.with("lock", hold.lock()))
}

impl Under {
    /// A body that has blocked its thread learns here that it has lost its locks.
    fn fences(&self) -> Result<Vec<u64>> {
        let Inner { clock, holds, .. } = &*self.0;
        if all_held(clock, holds) {
            Ok(holds.iter().map(|hold| hold.fence).collect())
        } else {
            Err(lost_error(holds))
        }
    }

    fn find(&self, is_this: impl Fn(&Hold) -> bool) -> Option<Arc<Hold>> {
        let mut under = Some(self);
        while let Some(Under(inner)) = under {
            if let Some(hold) = inner.holds.iter().find(|hold| is_this(hold)) {
                return Some(Arc::clone(hold));
            }
            under = inner.outer.as_ref();
        }
        None
    }
}

fn outside() -> Error {
    Error::new(
        ErrorKind::LockLost,
        "fence",
        "no lock here: a fence is for a body under `#[with_lock]`, `Lock::run` or `LockGuard::run`, and not for a task that it has spawned",
    )
}
