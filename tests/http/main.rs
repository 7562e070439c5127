//! Larder in web services, served over real sockets.
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

#[path = "../support/log.rs"]
mod log;
#[path = "../support/mod.rs"]
mod support;
#[macro_use]
#[path = "../cache/fleet.rs"]
mod fleet;

mod away;
mod client;
mod larders;
mod limits;
