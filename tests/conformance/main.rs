//! Both backends do the same: every command, script and push runs on a real server and on the embedded one, and the
//! replies and what is stored afterwards are compared. The real server is the oracle, so a case states no results.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this whole target is a test"
)]

#[path = "../support/mod.rs"]
mod support;

mod answer;
mod pair;
mod servers;
mod state;
mod table;

mod expiry;
mod hashes;
mod keys;
mod lists;
mod pipelines;
mod pushes;
mod scans;
mod scripts;
mod sequences;
mod sets;
mod sorted_sets;
mod strings;
