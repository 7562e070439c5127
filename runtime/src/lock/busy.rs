//! What is said to whoever has waited enough.

use super::claim::Claim;
use super::quorum::Obstacle;
use crate::error::{Error, ErrorKind};

const OPERATION: &str = "lock";

/// The error of who has waited enough.
pub(super) fn busy(claim: &Claim, obstacle: Obstacle) -> Error {
    let wait = claim.spec.wait;
    let error = match obstacle {
        Obstacle::Holders if wait.is_zero() => Error::new(
            ErrorKind::LockBusy,
            OPERATION,
            "another holds the lock: try again, or wait for it with `wait`",
        ),
        Obstacle::Holders => Error::new(
            ErrorKind::LockBusy,
            OPERATION,
            format!(
                "another holds the lock, and it was not free within {wait:?}: try again, or wait longer with `wait`"
            ),
        ),
        Obstacle::Newcomers => Error::new(
            ErrorKind::Unreachable,
            OPERATION,
            format!(
                "servers of the quorum have only just begun to remember, as after a restart: until they have for a lease, {:?}, all the others are needed",
                claim.spec.lease
            ),
        ),
    };
    error.with("lock", &claim.address.lock)
}
