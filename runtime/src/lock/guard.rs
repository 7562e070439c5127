//! A lock in somebody's hand.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::engine::LockEngine;
use super::hold::Hold;
use super::request::Request;
use super::stats::LockEvent;
use super::under::{all_held, any_lost, lost_error, under};
use crate::error::Result;

/// A lock that is held, or several at once, until it is [released](Self::release) or dropped; made
/// by [`Lock::acquire`](super::Lock::acquire).
///
/// It is renewed in the background three times a lease, so it is held for as long as you like while
/// the server answers. If the lock is lost, the guard knows before anybody else can have it:
/// [`run`](Self::run) stops its body then, [`is_held`](Self::is_held) and [`lost`](Self::lost)
/// tell. Code that does not ask them runs on without the lock.
///
/// Dropping the guard gives the lock back too: that is sent at once and not waited for. What holds
/// it on the server when nothing can be sent, or the process dies, ends with the lease.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use std::time::Duration;
///
/// let orders = larder::Larder::memory().lock("orders");
/// let guard = orders.acquire("7").await?;
/// assert!(guard.is_held() && guard.left() > Duration::from_secs(20));
/// assert_eq!(guard.fences(), [guard.fence()]);
///
/// let done = guard.run(async { "shipped" }).await?;      // an error if the lock is lost meanwhile
/// assert_eq!(done, "shipped");
///
/// tokio::select! {
///     () = guard.lost() => println!("somebody else may have it now"),
///     () = tokio::time::sleep(Duration::from_millis(1)) => println!("still ours"),
/// }
/// guard.release().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "the lock is given back when the guard is dropped"]
pub struct LockGuard {
    engine: Arc<LockEngine>,
    /// As the keys were written.
    holds: Vec<Arc<Hold>>,
    /// What is to be given back: not what a body around this one holds.
    requests: Vec<Request>,
}

impl LockGuard {
    pub(super) fn new(
        engine: Arc<LockEngine>,
        holds: Vec<Arc<Hold>>,
        requests: Vec<Request>,
    ) -> Self {
        Self {
            engine,
            holds,
            requests,
        }
    }

    /// A number that is greater than that of every holder of this lock before, for
    /// [`Store::set_fenced`](crate::Store::set_fenced) or a database. With several keys it is the
    /// first one's.
    pub fn fence(&self) -> u64 {
        self.holds.first().map_or(0, |hold| hold.fence)
    }

    /// The fences of all keys, in the order in which they were given.
    pub fn fences(&self) -> Vec<u64> {
        self.holds.iter().map(|hold| hold.fence).collect()
    }

    /// Whether nobody else can have the lock now, unless the server has forgotten it.
    pub fn is_held(&self) -> bool {
        all_held(self.engine.context().clock(), &self.holds)
    }

    /// For how long the lock is surely held, should no renewal succeed any more; zero when it is
    /// lost.
    pub fn left(&self) -> Duration {
        let now = self.engine.context().clock().now();
        let left = self.holds.iter().map(|hold| hold.left(now));
        left.min().unwrap_or_default()
    }

    /// Ready when the lock is lost.
    pub async fn lost(&self) {
        any_lost(self.engine.context().clock(), &self.holds).await;
    }

    /// Runs the body while the lock is held. In it, [`fence`](super::fence) answers the fence, and
    /// a `reentrant` lock of the same key may be taken again.
    ///
    /// # Errors
    /// [`ErrorKind::LockLost`](crate::ErrorKind::LockLost) if the lock is lost before the body is
    /// done: the body is dropped before anybody else can have the lock, wherever it awaits. The
    /// same if the body has blocked its thread for so long that the lease may have ended before it
    /// was done.
    pub async fn run<F: Future>(&self, body: F) -> Result<F::Output> {
        let clock = self.engine.context().clock();
        let outcome = under(clock, self.holds.clone(), body).await;
        if outcome.is_err()
            && let Some(request) = self.requests.first()
        {
            self.engine.note(&request.claim.spec, LockEvent::Lost);
        }
        outcome
    }

    /// Gives the lock back, and waits until that is done.
    ///
    /// # Errors
    /// [`ErrorKind::LockLost`](crate::ErrorKind::LockLost) if it was not held any more, as far as
    /// this process knows: what a server has forgotten since the last renewal it does not know.
    /// The backend's: then it is tried again in the background, until the lease ends.
    pub async fn release(mut self) -> Result<()> {
        let was_held = self.is_held();
        let within = self.engine.context().limits().command_timeout;
        self.give_back(within).await?;
        if was_held {
            Ok(())
        } else {
            Err(lost_error(&self.holds))
        }
    }

    /// Gives the lock back after its body, in the time that a call may take for it; what then is
    /// not done is done in the background. It is waited for: whoever is told that the call is over
    /// finds the lock free, from whichever process he asks.
    pub(super) async fn end(mut self) {
        let within = self.engine.context().limits().call_budget;
        let _ = self.give_back(within).await;
    }

    /// Gives back what is held, the last first; what cannot be told the server now is told later.
    async fn give_back(&mut self, within: Duration) -> Result<()> {
        self.leave();
        let mut outcome = Ok(());
        while let Some(request) = self.requests.pop() {
            let left = request.leave(within).await;
            outcome = outcome.and(left);
        }
        outcome
    }

    /// Nothing is renewed any more that this guard is to give back.
    fn leave(&self) {
        self.requests.iter().for_each(Request::end_renewal);
    }
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        self.leave();
    }
}

impl fmt::Debug for LockGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let locks: Vec<_> = self.holds.iter().map(|hold| hold.lock()).collect();
        f.debug_struct("LockGuard")
            .field("locks", &locks)
            .field("fences", &self.fences())
            .finish_non_exhaustive()
    }
}
