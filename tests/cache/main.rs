//! The cache protocol: every invariant that applies to cached functions, on the embedded server and
//! on Redis.
//!
//! A case is written once, as a function over a [`fleet::Fleet`], and runs on both. Nothing waits
//! for time to pass: a [`source::Source`] says when a load has begun and holds it until the case
//! lets it go.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that meets an error has failed"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "the cases are users: they sleep and measure as users do"
)]

#[path = "../support/mod.rs"]
mod support;

#[macro_use]
mod fleet;
mod linked;
mod source;

mod batch_indexes;
mod batch_lent;
mod batch_methods;
mod batch_staleness;
mod batches;
mod crosstalk;
mod drop_safety;
mod expired;
mod expiry;
mod get_or_set;
mod hostile;
mod idle;
mod index_drops;
mod index_model;
mod indexes;
mod load_timeouts;
mod local;
mod local_faults;
mod local_groups;
mod local_races;
mod longest;
mod nullable;
mod outage;
mod plain_calls;
mod predefined;
mod processes;
mod queued;
mod reloads;
mod rounds;
mod runtimes;
mod single_flight;
mod stale_fill;
mod staleness;
mod staleness_faults;
mod staleness_groups;
mod still;
mod tags;
mod updates;
