//! What a load puts its value in the place of.

use std::sync::Arc;
use std::task::Context as Task;

use super::flight::Leader;
use super::groups::Indexing;
use super::lease::{Digest, Filled, Lease, RefreshLease, Renewal, Taken};
use super::observed::Observed;
use super::outcome::Outcome;
use super::spec::CacheSpec;
use super::target::Target;
use super::written::Written;
use crate::codec::envelope::{self, Token};
use crate::context::Budget;
use crate::error::Result;

/// What stands under the key while the body runs.
#[derive(Debug)]
pub(crate) enum Place {
    /// The lease of a flight, which others of this process may wait for.
    Flight(Leader),
    /// A lease for this load alone: nothing was there, or nothing that can be read, or another's
    /// load, which this one supersedes.
    Lease(Box<Lease>),
    /// This value, which others read until it is replaced.
    Value(Box<Succession>),
    /// The same, of an entry that has a place for the lease of a refresh: this one.
    Refresh(Box<RefreshLease>),
}

/// Why a load stores nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unstored {
    /// What it has answered is not to be stored.
    Unwanted,
    /// It has failed, or what it has answered cannot be stored.
    Failed,
}

/// A value that is to be replaced by what is loaded.
#[derive(Debug)]
pub(crate) struct Succession {
    /// What must still be there.
    pub(crate) old: Digest,
    /// The load that has stored it.
    pub(crate) of: Token,
    /// What stands under the key between the two, where they have to be listed; not taken yet.
    pub(crate) between: Lease,
}

impl Place {
    /// Keeps what is held alive: to be called whenever the load was polled and is not done.
    pub(crate) fn keep(&mut self, renewal: &mut Renewal, task: &mut Task<'_>) {
        match self {
            Self::Flight(leader) => {
                if let Some(lease) = leader.lease() {
                    lease.keep(renewal, task);
                }
            }
            Self::Lease(lease) => lease.keep(renewal, task),
            Self::Value(_) => {}
            Self::Refresh(lease) => lease.keep(renewal, task),
        }
    }

    /// What tells this load from all others.
    pub(crate) fn token(&self) -> Token {
        match self {
            Self::Flight(leader) => leader.token(),
            Self::Lease(lease) => lease.token(),
            Self::Value(succession) => succession.between.token(),
            Self::Refresh(lease) => lease.token(),
        }
    }

    /// What the groups of the entry were like before the load began.
    pub(crate) fn observed(&self) -> Arc<Observed> {
        match self {
            Self::Flight(leader) => leader.observed(),
            Self::Lease(lease) => Arc::clone(&lease.observed),
            Self::Value(succession) => Arc::clone(&succession.between.observed),
            Self::Refresh(lease) => lease.observed(),
        }
    }

    /// Whether a value was there when the load began.
    pub(crate) fn has_old_value(&self) -> bool {
        matches!(self, Self::Value(_) | Self::Refresh(_))
    }

    /// Whether anybody in this process waits for what is loaded.
    pub(crate) fn has_followers(&self) -> bool {
        matches!(self, Self::Flight(leader) if leader.has_followers())
    }

    /// Gives everybody who waits in this process the same.
    pub(crate) fn share(&self, outcome: Outcome) {
        if let Self::Flight(leader) = self {
            leader.share(outcome);
        }
    }

    /// Writes the loaded value, if what was there when the load began still is.
    pub(crate) async fn fill(
        &mut self,
        target: &Target,
        written: &Written,
        budget: &mut Budget<'_>,
    ) -> Result<Filled> {
        match self {
            Self::Flight(leader) => leader.fill(written, budget).await,
            Self::Lease(lease) => lease.fill(written, budget).await,
            Self::Value(succession) => succession.fill(target, written, budget).await,
            Self::Refresh(lease) => lease.fill(target, written, budget).await,
        }
    }

    /// Gives the lease back, so that whoever waits may load. After a refresh that has failed nobody
    /// tries again for the throttle; if what is right is not to be stored, the old value goes: it is
    /// known not to be right any more.
    pub(crate) async fn release(
        self,
        target: &Target,
        spec: &CacheSpec,
        unstored: Unstored,
        budget: &mut Budget<'_>,
    ) {
        match self {
            // Its followers here take over when it is dropped, after the lease is given back.
            Self::Flight(mut leader) => leader.release(budget).await,
            Self::Lease(lease) => lease.release(budget).await,
            Self::Value(succession) => match unstored {
                Unstored::Unwanted => succession.remove(target, budget).await,
                Unstored::Failed => {}
            },
            Self::Refresh(lease) => match unstored {
                Unstored::Unwanted => lease.remove(target, budget).await,
                Unstored::Failed => {
                    let pause = spec.staleness.throttle().unwrap_or_default();
                    lease.yield_for(pause, budget).await;
                }
            },
        }
    }
}

impl Succession {
    async fn fill(
        &mut self,
        target: &Target,
        written: &Written,
        budget: &mut Budget<'_>,
    ) -> Result<Filled> {
        let leases = target.engine.leases();
        let (old, lease) = (&self.old, &mut self.between);
        if target.indexing() == Indexing::No {
            return leases.replace(target.key(), old, written, budget).await;
        }
        // Members are only true of a lease or a value that is there. So the old value makes room
        // before the new one is listed.
        match leases.take(target, lease, Some(old), budget).await? {
            Taken::Yes { .. } => lease.fill(written, budget).await,
            Taken::No => Ok(Filled::Voided),
        }
    }

    /// Removes the old value, if it is still there.
    async fn remove(&self, target: &Target, budget: &mut Budget<'_>) {
        let leases = target.engine.leases();
        let removed = leases.discard(target, self.of, envelope::TOKEN, budget);
        if let Err(error) = removed.await {
            target.engine.context().degradation().failed(&error);
        }
    }
}
