//! Redis, reached over a network that fails: whatever happens to the server or the connection,
//! calls end with a clear error and the connection comes back by itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this whole target is a test"
)]

#[path = "../support/log.rs"]
mod log;
#[path = "../support/mod.rs"]
mod support;

mod by_hand;
mod healing;
mod login;
mod logs;
mod outage;
mod pipelines;
mod probing;
mod pushes;
mod reads;
mod rig;
mod runtimes;
mod scans;
mod scripts;
mod tls;
mod untracked;
