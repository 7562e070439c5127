//! Locks: one holder at a time in the whole fleet, or many that only read.
//!
//! A lock over a Redis that replicates asynchronously saves work; it cannot promise by itself that nobody else ever runs: a replica that is promoted may
//! not have heard of the lock, and a process may be stopped between two instructions for longer than its lease. Where two holders at once would
//! do harm, hand the [fence] to whatever is protected and have it refuse smaller ones than it has seen: see
//! [`Store::set_fenced`](crate::Store::set_fenced), and the guide for SQL.

// [`engine`] asks the server by `turn.lua`, [`waiting`] is woken by its messages, [`renewal`] moves the ends of all held locks on by `renew.lua`. A [`hold`] is
// what this process knows of a lock it has, [`under`] runs bodies. [`lock`] and [`guard`] are what users have in their hands.

mod address;
mod call;
mod engine;
mod gate;
mod guard;
mod hold;
#[expect(
    clippy::module_inception,
    reason = "the file of `Lock`, as the sibling folders name theirs"
)]
mod lock;
mod renewal;
mod request;
mod spec;
mod stats;
mod under;
mod waiting;

pub(crate) use address::LockAddress;
pub use call::LockCall;
pub(crate) use engine::LockEngine;
pub use guard::LockGuard;
pub use lock::Lock;
pub use spec::{LockFairness, LockMode, LockReentrance, LockSpec};
pub use stats::LockStats;
pub use under::{fence, fences};
