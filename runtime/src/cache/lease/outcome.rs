//! What comes of what is asked about a lease.

use std::time::Duration;

use super::Lease;
use crate::backend::Reply;
use crate::cache::groups::Observed;
use crate::error::Result;

/// What is known of a lease on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// It is there, or may be.
    Held,
    /// It is not there: never taken, given back, filled or revoked.
    Gone,
}

/// What came of asking for a lease.
#[derive(Debug)]
pub(crate) enum Acquired {
    /// The key held nothing; now it holds our lease.
    Lease(Box<Lease>),
    /// The key holds this, for so long.
    Held {
        bytes: Vec<u8>,
        left: Option<Duration>,
        /// What its groups are like.
        observed: Observed,
    },
}

/// What came of taking a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    Yes,
    /// The key does not hold the value any more that it should.
    No,
}

/// Whether a value was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filled {
    /// It is there.
    Stored,
    /// It is not: an invalidation, a put or another load came first.
    Voided,
}

impl Filled {
    pub(super) fn from_reply(reply: Reply) -> Result<Self> {
        Ok(match reply.into_int("fill")? {
            0 => Self::Voided,
            _ => Self::Stored,
        })
    }
}
