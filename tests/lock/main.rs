//! Locks: what users are promised, on the embedded server and on Redis.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that meets an error has failed"
)]
#![allow(
    dead_code,
    reason = "what this and other tests share is used in part by each"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "the cases are users: they sleep and measure as users do"
)]

#[path = "../support/mod.rs"]
mod support;
#[macro_use]
#[path = "../cache/fleet.rs"]
mod fleet;

mod attribute;
mod convoy;
mod drops;
mod exclusion;
mod failover;
mod faults;
mod fences;
mod handover;
mod holders;
mod processes;
mod quorum;
mod reentry;
mod renewal;
mod runtimes;
mod simulation;
mod still;
