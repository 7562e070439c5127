//! Locks: one holder at a time in the whole fleet, or many that only read.
//!
//! A lock over a Redis that replicates asynchronously saves work; it cannot promise by itself that
//! nobody else ever runs: a replica that is promoted may not have heard of the lock, and a process
//! may be stopped between two instructions for longer than its lease. Where two holders at once
//! would do harm, hand the [fence] to whatever is protected and have it refuse smaller ones than it
//! has seen: see [`Store::set_fenced`](crate::Store::set_fenced), and the guide for SQL.
//!
//! With [`quorum`](Lock::quorum) a lock is kept by several independent servers, of which a majority
//! decides. Then the loss of a minority costs nothing, and a server that has forgotten everything
//! does not count until a lease later. It is still a lease: no two bodies run at once while, within
//! any lease, fewer than a majority of the servers forget, no server comes back with what it knew a
//! while ago, none of their clocks is set forward, and no thread is stopped for longer than a
//! lease. Otherwise the fence tells the two apart.

// [`servers`] are asked by the [`scripts`], for many at once by a [`convoy`], [`waiting`] is woken
// by their [`messages`], [`renewal`] moves the ends of all held locks on; only [`quorum`] knows
// that there may be several. A [`hold`] is what this process knows of a lock it has, [`under`] runs
// bodies. [`lock`] and [`guard`] are what users have in their hands.

mod acquire;
mod address;
mod busy;
mod call;
mod claim;
mod convoy;
mod engine;
mod engines;
mod gate;
mod guard;
mod hold;
#[expect(
    clippy::module_inception,
    reason = "the file of `Lock`, as the sibling folders name theirs"
)]
mod lock;
mod messages;
mod quorum;
mod renewal;
mod request;
mod scripts;
mod servers;
mod spec;
mod stats;
mod under;
mod waiting;

pub(crate) use address::LockAddress;
#[doc(hidden)]
pub use call::LockCall;
pub(crate) use engine::LockEngine;
pub(crate) use engines::LockEngines;
pub use guard::LockGuard;
pub use lock::Lock;
pub(crate) use quorum::Quorum;
#[cfg(feature = "testing")]
pub(crate) use scripts::{SETTLE, TURN};
pub use spec::{LockFairness, LockMode, LockPlacement, LockReentrance, LockSpec};
pub use stats::LockStats;
pub use under::{fence, fences};
