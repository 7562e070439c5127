//! The truth that caches are made of, and what is stored of it.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use super::address::Address;

/// Where loads read: a version for each address, which writers count up.
#[derive(Debug)]
pub(super) struct Source(Vec<AtomicU64>);

/// What is cached. It says where it comes from, so that whoever reads it can be asked whether it
/// should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Value {
    address: u8,
    pub(super) version: u64,
    pub(super) origin: Origin,
}

/// The load or the `put` that made a value or an error; no two have the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Origin(pub(super) u32);

impl Source {
    /// A source with everything in its first version.
    pub(super) fn new() -> Self {
        Self((0..Address::MOST).map(|_| AtomicU64::new(1)).collect())
    }

    /// What is true now.
    pub(super) fn version(&self, address: Address) -> u64 {
        self.0[usize::from(address.0)].load(Ordering::Relaxed)
    }

    /// Changes the truth and answers the new version.
    pub(super) fn change(&self, address: Address) -> u64 {
        self.0[usize::from(address.0)].fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl Value {
    /// What this load or `put` says of the address.
    pub(super) fn new(address: Address, version: u64, origin: Origin) -> Self {
        Self {
            address: address.0,
            version,
            origin,
        }
    }

    /// What it says something about.
    pub(super) fn address(self) -> Address {
        Address(self.address)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "origin {}", self.0)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            version, origin, ..
        } = self;
        write!(f, "version {version} of {} by {origin}", self.address())
    }
}
