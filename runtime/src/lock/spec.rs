//! What is declared of a lock.

use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// A lease must leave time for a renewal and for what clocks and timers lack.
const SHORTEST_LEASE: Duration = Duration::from_millis(30);
/// A fifth of it is the time in which the servers must answer, twice.
const SHORTEST_LEASE_OF_A_QUORUM: Duration = Duration::from_millis(100);
/// How much later than it should a timer may fire, and a message arrive.
const LATENESS: Duration = Duration::from_millis(2);

/// Whom a holder shares a lock with.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::lock::{LockMode, LockSpec};
///
/// const REPORTS: LockSpec = LockSpec::new("reports").mode(LockMode::Read);
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LockMode {
    /// With nobody.
    #[default]
    Write,
    /// With others that read.
    Read,
}

/// Who of those that wait is next.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::lock::{LockFairness, LockSpec};
///
/// const TICKETS: LockSpec = LockSpec::new("tickets").fairness(LockFairness::Fair);
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LockFairness {
    /// Whoever is quickest; within one process, whoever has waited longest.
    #[default]
    Quick,
    /// Whoever has waited longest, in the whole fleet. One that has died costs the others a second.
    Fair,
}

/// Whether what runs within a lock may take it again.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::lock::{LockReentrance, LockSpec};
///
/// const TREES: LockSpec = LockSpec::new("trees").reentrance(LockReentrance::Allowed);
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LockReentrance {
    /// It is an error at once: it would wait for itself.
    #[default]
    Refused,
    /// It goes on, under the lock that it has.
    Allowed,
}

/// Who keeps a lock.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::lock::{LockPlacement, LockSpec};
///
/// const INVOICES: LockSpec = LockSpec::new("invoices").placement(LockPlacement::Quorum);
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LockPlacement {
    /// The server that everything else of the Larder is on.
    #[default]
    Server,
    /// The [independent servers](crate::LarderBuilder::quorum) of which a majority decides: see
    /// [the module](crate::lock).
    Quorum,
}

/// The declaration of a lock: its namespace, how long it outlives a holder that has died, and how
/// it is waited for.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::lock::{LockFairness, LockMode, LockPlacement, LockReentrance, LockSpec};
/// use std::time::Duration;
///
/// const ORDERS: LockSpec = LockSpec::new("orders")
///     .lease(Duration::from_secs(10))
///     .wait(Duration::from_secs(2))
///     .fairness(LockFairness::Fair);
/// const AT_ONCE: LockSpec = ORDERS.wait(Duration::ZERO);
/// const OVER_SERVERS: LockSpec = LockSpec::new("invoices").placement(LockPlacement::Quorum);
/// # let _ = AT_ONCE.mode(LockMode::Read).reentrance(LockReentrance::Allowed);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct LockSpec {
    pub(super) namespace: &'static str,
    pub(super) lease: Duration,
    pub(super) wait: Duration,
    pub(super) mode: LockMode,
    pub(super) fairness: LockFairness,
    pub(super) reentrance: LockReentrance,
    pub(super) placement: LockPlacement,
}

impl LockSpec {
    /// Locks of this namespace: held by one, with a lease of 30 s, waited for up to 5 s.
    #[must_use]
    pub const fn new(namespace: &'static str) -> Self {
        Self {
            namespace,
            lease: Duration::from_secs(30),
            wait: Duration::from_secs(5),
            mode: LockMode::Write,
            fairness: LockFairness::Quick,
            reentrance: LockReentrance::Refused,
            placement: LockPlacement::Server,
        }
    }

    /// How long the lock is held on after its holder was last heard of. A holder that lives renews
    /// it three times in that time, so this does not bound how long a body may run; it is how long
    /// everybody waits for one that has died. At least 30 ms, with a quorum 100 ms: less is an
    /// error when the lock is taken. 30 s unless said.
    #[must_use]
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How long to wait for the lock; not at all with zero. 5 s unless said.
    #[must_use]
    pub const fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// Whom a holder shares it with; nobody unless said.
    #[must_use]
    pub const fn mode(mut self, mode: LockMode) -> Self {
        self.mode = mode;
        self
    }

    /// Who of those that wait is next; the quickest unless said.
    #[must_use]
    pub const fn fairness(mut self, fairness: LockFairness) -> Self {
        self.fairness = fairness;
        self
    }

    /// Whether what runs within the lock may take it again; not unless said.
    #[must_use]
    pub const fn reentrance(mut self, reentrance: LockReentrance) -> Self {
        self.reentrance = reentrance;
        self
    }

    /// Who keeps it; the Larder's server unless said. All processes should say the same of the
    /// locks of a namespace: what a server gives out a quorum does not know of.
    #[must_use]
    pub const fn placement(mut self, placement: LockPlacement) -> Self {
        self.placement = placement;
        self
    }

    pub(crate) const fn namespace(&self) -> &'static str {
        self.namespace
    }

    /// An error for what could not be kept.
    pub(super) fn check(&self) -> Result<()> {
        let error = |message| Err(Error::new(ErrorKind::Configuration, "lock", message));
        let shortest = match self.placement {
            LockPlacement::Server => SHORTEST_LEASE,
            LockPlacement::Quorum => SHORTEST_LEASE_OF_A_QUORUM,
        };
        if self.lease < shortest {
            return error(format!(
                "a lease of {:?} could not be renewed in time: write at least {shortest:?}, such as `lease = \"30s\"`",
                self.lease
            ));
        }
        if (self.placement, self.fairness) == (LockPlacement::Quorum, LockFairness::Fair) {
            return error(
                "a quorum has no queue, since its servers do not agree on who came first: leave out `fair` or `quorum`".to_owned(),
            );
        }
        Ok(())
    }

    /// For how long after it was asked for the lock is surely held: less than its lease, since no
    /// two clocks are equally fast.
    pub(super) fn certain(&self) -> Duration {
        self.lease.saturating_sub(self.lease / 100 + LATENESS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_ends_before_its_lease_does() {
        for millis in [30, 100, 30_000, 3_600_000] {
            let lease = Duration::from_millis(millis);
            let certain = LockSpec::new("n").lease(lease).certain();
            assert!(
                certain + LATENESS <= lease && certain > lease / 2,
                "{lease:?}"
            );
        }
    }

    #[test]
    fn a_lease_that_cannot_be_renewed_is_refused() {
        assert!(
            LockSpec::new("n")
                .lease(Duration::from_millis(29))
                .check()
                .is_err()
        );
        assert!(LockSpec::new("n").lease(SHORTEST_LEASE).check().is_ok());
    }
}
