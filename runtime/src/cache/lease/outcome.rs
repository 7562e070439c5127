//! What comes of what is asked about a lease.

use std::time::Duration;

use crate::backend::Reply;
use crate::error::Result;

/// What is known of a lease on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// It is there, or may be.
    Held,
    /// It is not there: never taken, given back, filled or revoked.
    Gone,
}

/// What came of taking a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// What was there would have lived so long from now, if it had an end.
    Yes { left: Option<Duration> },
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
