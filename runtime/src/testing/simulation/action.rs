//! What can be done in a simulation, and what the rules must know of it.
//!
//! A new kind of operation is a variant here: how chance picks it is said in [`plan`](super::plan), what it does in
//! [`perform`](super::perform), and what it reads, makes invalid and may cost here.

use std::fmt;
use std::time::Duration;

use super::address::{Address, Namespace};
use super::source::Value;
use super::terms::Terms;

/// One operation of a node, or of a stranger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// A call of a cached function.
    Call(Address, LoadPlan),
    /// A load in the place of what is there.
    Refresh(Address, LoadPlan),
    Peek(Address),
    Put(Address, Value),
    Invalidate(Address),
    Clear(Namespace),
    /// A `DEL` by a client that knows nothing of Larder, or an eviction by the server.
    Delete(Address),
    /// Bytes that are no value, by a client that knows nothing of Larder.
    Overwrite(Address),
    /// A `FLUSHALL` by an administrator.
    Flush,
    /// Something of somebody's own code, of which nothing is known.
    Scenario,
}

/// How a load goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LoadPlan {
    /// How long the source takes to answer.
    pub(super) takes: Duration,
    pub(super) end: LoadEnd,
}

/// How a load ends if nobody drops it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LoadEnd {
    Value,
    Error,
    Panic,
}

/// Which entries an operation makes invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Entry(Address),
    Namespace(Namespace),
    Everything,
}

impl Scope {
    /// Whether the entry is among them.
    pub(super) fn covers(self, address: Address) -> bool {
        match self {
            Self::Entry(entry) => entry == address,
            Self::Namespace(namespace) => namespace == address.namespace(),
            Self::Everything => true,
        }
    }
}

impl Action {
    /// Which entry its result is read from or made for.
    pub(super) fn address(self) -> Option<Address> {
        match self {
            Self::Call(address, _)
            | Self::Refresh(address, _)
            | Self::Peek(address)
            | Self::Put(address, _)
            | Self::Invalidate(address)
            | Self::Delete(address)
            | Self::Overwrite(address) => Some(address),
            Self::Clear(_) | Self::Flush | Self::Scenario => None,
        }
    }

    /// What is invalid when it has ended well.
    pub(super) fn invalidates(self) -> Option<Scope> {
        match self {
            Self::Put(address, _)
            | Self::Invalidate(address)
            | Self::Delete(address)
            | Self::Overwrite(address) => Some(Scope::Entry(address)),
            Self::Clear(namespace) => Some(Scope::Namespace(namespace)),
            Self::Flush => Some(Scope::Everything),
            Self::Call(..) | Self::Refresh(..) | Self::Peek(_) | Self::Scenario => None,
        }
    }

    /// How much time it may take above its load and what it waits for, if it never has to ask again.
    pub(super) fn may_cost(self, terms: &Terms) -> Duration {
        match self {
            Self::Call(..) | Self::Refresh(..) => terms.budget,
            // One looks for the server's time first if it was never heard, the other removes what it has found.
            Self::Put(..) | Self::Clear(_) => terms.timeout * 2,
            Self::Peek(_) | Self::Invalidate(_) => terms.timeout,
            // A stranger's way is never disturbed.
            Self::Delete(_) | Self::Overwrite(_) | Self::Flush => Duration::ZERO,
            Self::Scenario => Duration::MAX,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(address, load) => write!(f, "call {address}, {load}"),
            Self::Refresh(address, load) => write!(f, "refresh {address}, {load}"),
            Self::Peek(address) => write!(f, "peek {address}"),
            Self::Put(address, value) => write!(f, "put {address}: {value}"),
            Self::Invalidate(address) => write!(f, "invalidate {address}"),
            Self::Clear(namespace) => write!(f, "clear {}", namespace.name()),
            Self::Delete(address) => write!(f, "a stranger deletes {address}"),
            Self::Overwrite(address) => write!(f, "a stranger overwrites {address}"),
            Self::Flush => write!(f, "a stranger flushes the server"),
            Self::Scenario => write!(f, "a part of the scenario"),
        }
    }
}

impl fmt::Display for LoadPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match self.end {
            LoadEnd::Value => "answers",
            LoadEnd::Error => "fails",
            LoadEnd::Panic => "panics",
        };
        write!(f, "whose load {end} after {:?}", self.takes)
    }
}
