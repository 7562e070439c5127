//! The lease of a refresh, in the entry that is refreshed.
//!
//! It stands right behind the checksum and is no part of what that is of: scripts write it in
//! place, by which the entry is neither moved nor given another end. Whoever deletes or overwrites
//! the entry takes the lease along.

use super::{Token, take};

/// Who refreshes an entry, and until when nobody else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RefreshLease {
    /// The refresh; all zeros if nobody has refreshed the entry yet.
    pub token: Token,
    /// Until when, in milliseconds since the Unix epoch by the server's clock. What has passed is
    /// free.
    pub until: u64,
}

impl RefreshLease {
    /// How many bytes it takes.
    pub(super) const LENGTH: usize = Token::LENGTH + 8;

    /// Nobody's.
    pub const FREE: Self = Self {
        token: Token::new([0; Token::LENGTH]),
        until: 0,
    };

    pub(super) fn read_from(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self {
            token: Token::new(take(bytes)?),
            until: u64::from_be_bytes(take(bytes)?),
        })
    }

    pub(super) fn append_to(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.token.as_bytes());
        bytes.extend(self.until.to_be_bytes());
    }
}
