//! What can be done in a simulation, and what the rules must know of it.
//!
//! A new kind of operation is a variant here: how chance picks it is said in [`plan`](super::plan),
//! what it does in [`perform`](super::perform), and what it reads, makes invalid and may cost here.

use std::fmt;
use std::time::Duration;

use super::address::{Address, Namespace};
use super::groups::{Group, Label};
use super::source::Value;
use super::terms::{Declared, Terms};

/// One operation of a node, or of a stranger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// A call of a cached function.
    Call(Address, LoadPlan, Asking),
    /// A load in the place of what is there.
    Refresh(Address, LoadPlan),
    Peek(Address),
    Put(Address, Value),
    Invalidate(Address),
    Clear(Namespace),
    /// Reads all entries with a value of an index.
    ByIndex(Namespace, Group),
    /// Names all entries with a value of an index.
    KeysByIndex(Namespace, Group),
    InvalidateIndex(Namespace, Group),
    InvalidateTag(Label),
    /// A `DEL` by a client that knows nothing of Larder, or an eviction by the server.
    Delete(Address),
    /// Bytes that are no value, by a client that knows nothing of Larder.
    Overwrite(Address),
    /// A `FLUSHALL` by an administrator.
    Flush,
    /// Something of somebody's own code, of which nothing is known.
    Scenario,
}

/// What a call asks of a copy, where there may be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asking {
    Nothing,
    /// It was read after every invalidation of the entry, by its key or a tag, that anybody on any
    /// node has done and knows to be done.
    AtLeast,
    /// It was read no longer ago.
    MaxAge(Duration),
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
    /// Those that have, or are about to have, this value of an index.
    Group(Namespace, Group),
    Label(Label),
    Everything,
}

impl Scope {
    /// Whether this version of the entry is among them.
    pub(super) fn covers(self, address: Address, version: u64) -> bool {
        match self {
            Self::Entry(entry) => entry == address,
            Self::Namespace(namespace) => namespace == address.namespace(),
            Self::Group(namespace, group) => {
                namespace == address.namespace() && group.has(address, version)
            }
            Self::Label(label) => label.is_on(address),
            Self::Everything => true,
        }
    }
}

impl Action {
    /// Which entry its result is read from or made for.
    pub(super) fn address(self) -> Option<Address> {
        match self {
            Self::Call(address, _, _)
            | Self::Refresh(address, _)
            | Self::Peek(address)
            | Self::Put(address, _)
            | Self::Invalidate(address)
            | Self::Delete(address)
            | Self::Overwrite(address) => Some(address),
            Self::Clear(_)
            | Self::ByIndex(..)
            | Self::KeysByIndex(..)
            | Self::InvalidateIndex(..)
            | Self::InvalidateTag(_)
            | Self::Flush
            | Self::Scenario => None,
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
            Self::InvalidateIndex(namespace, group) => Some(Scope::Group(namespace, group)),
            Self::InvalidateTag(label) => Some(Scope::Label(label)),
            Self::Flush => Some(Scope::Everything),
            Self::Call(..)
            | Self::Refresh(..)
            | Self::Peek(_)
            | Self::ByIndex(..)
            | Self::KeysByIndex(..)
            | Self::Scenario => None,
        }
    }

    /// How much time it may take above its load and what it waits for, if it never has to ask
    /// again.
    pub(super) fn may_cost(self, terms: &Terms) -> Duration {
        let steps = |without: u32, with: u32| match terms.indexes {
            Declared::No => terms.timeout * without,
            Declared::Yes => terms.timeout * with,
        };
        match self {
            Self::Call(..) | Self::Refresh(..) => terms.budget,
            // One looks for the server's time first if it was never heard, the other removes what
            // it has found. Both have more to do where there are lists.
            Self::Put(..) => steps(2, 4),
            Self::Clear(_) => steps(2, 10),
            Self::Invalidate(_) => steps(1, 2),
            Self::Peek(_) | Self::InvalidateTag(_) => terms.timeout,
            // A page of keys, the entries, their tags; what is found dead is taken off.
            Self::ByIndex(..) | Self::KeysByIndex(..) => terms.timeout * 4,
            // The count, the mark, and for each of three versions a page of keys, the entries, the
            // lists.
            Self::InvalidateIndex(..) => terms.timeout * 11,
            // A stranger's way is never disturbed.
            Self::Delete(_) | Self::Overwrite(_) | Self::Flush => Duration::ZERO,
            Self::Scenario => Duration::MAX,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(address, load, asking) => write!(f, "call {address}{asking}, {load}"),
            Self::Refresh(address, load) => write!(f, "refresh {address}, {load}"),
            Self::Peek(address) => write!(f, "peek {address}"),
            Self::Put(address, value) => write!(f, "put {address}: {value}"),
            Self::Invalidate(address) => write!(f, "invalidate {address}"),
            Self::Clear(namespace) => write!(f, "clear {}", namespace.name()),
            Self::ByIndex(namespace, group) => {
                write!(f, "read all {} of {group}", namespace.name())
            }
            Self::KeysByIndex(namespace, group) => {
                write!(f, "name all {} of {group}", namespace.name())
            }
            Self::InvalidateIndex(namespace, group) => {
                write!(f, "invalidate all {} of {group}", namespace.name())
            }
            Self::InvalidateTag(label) => write!(f, "invalidate the tag {label}"),
            Self::Delete(address) => write!(f, "a stranger deletes {address}"),
            Self::Overwrite(address) => write!(f, "a stranger overwrites {address}"),
            Self::Flush => write!(f, "a stranger flushes the server"),
            Self::Scenario => write!(f, "a part of the scenario"),
        }
    }
}

impl fmt::Display for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::AtLeast => write!(f, " as it is after all that is known"),
            Self::MaxAge(limit) => write!(f, " as it was no longer than {limit:?} ago"),
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
