//! A permit in somebody's hand.

use std::fmt;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use super::hold::{Claim, lost_error};
use crate::error::Result;

/// A permit that is held until it is [released](Self::release) or dropped; made by
/// [`Permits::acquire`](super::Permits::acquire).
///
/// It is kept in the background three times a lease. If that fails until the lease is nearly over,
/// it is lost: [`run`](Self::run) drops its body then, [`is_held`](Self::is_held) tells. Dropping
/// it gives it back in the background; if the process dies it ends with its lease.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// let exports = larder::Larder::memory().permits("exports").limit(2)?;
/// let permit = exports.acquire("ada").await?;
/// assert!(permit.is_held());
/// let exported = permit.run(async { "done" }).await?;        // an error if the permit is lost meanwhile
/// permit.release().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "the permit is given back when it is dropped"]
pub struct Permit {
    claim: Claim,
    /// Ends with the permit.
    keeping: Option<Keeping>,
}

/// The task that keeps a permit, which ends when this is dropped.
struct Keeping(AbortHandle);

impl Permit {
    pub(super) fn new(claim: Claim) -> Self {
        // Without a runtime it is not kept, and ends with its lease.
        let runtime = Handle::try_current().ok();
        let keeping = runtime.map(|runtime| {
            let hold = Arc::clone(&claim.hold);
            let keep = runtime.spawn(async move { hold.keep().await });
            Keeping(keep.abort_handle())
        });
        Self { claim, keeping }
    }

    /// Whether nobody else can have it now, unless the server has forgotten it.
    pub fn is_held(&self) -> bool {
        self.claim.hold.is_held()
    }

    /// Runs the body, and drops it, at its next `await`, before anybody else can have the permit.
    ///
    /// # Errors
    /// [`ErrorKind::LeaseLost`](crate::ErrorKind::LeaseLost).
    pub async fn run<T>(&self, body: impl Future<Output = T>) -> Result<T> {
        tokio::select! {
            biased;
            () = self.claim.hold.lost() => Err(lost_error()),
            // The task that keeps it may be one of a runtime that stands still.
            () = self.claim.hold.keep() => Err(lost_error()),
            output = body => Ok(output),
        }
    }

    /// Gives it back, and wakes whoever has waited longest. Dropping the permit does the same in
    /// the background.
    ///
    /// # Errors
    /// The backend's: then it is tried on in the background, until the lease ends.
    pub async fn release(self) -> Result<()> {
        drop(self.keeping);
        self.claim.leave().await
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("permits", &self.claim.hold.address.permits)
            .field("is_held", &self.is_held())
            .finish_non_exhaustive()
    }
}
