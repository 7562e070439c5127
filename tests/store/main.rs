//! The typed store: every operation, on the embedded server and on Redis.
//!
//! A case is written once, as a function over a [`fleet::Fleet`], and runs on both. Nothing waits
//! for time to pass: ends are read from the server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that meets an error has failed"
)]

#[path = "../support/mod.rs"]
mod support;

#[allow(
    dead_code,
    clippy::large_enum_variant,
    reason = "shared with the tests of the cache, which use more of it and make one a test"
)]
#[macro_use]
#[path = "../cache/fleet.rs"]
mod fleet;

mod apart;
mod away;
mod chance;
mod counters;
mod ends;
mod full;
mod hashes;
mod hostile;
mod lists;
mod pipeline;
mod sets;
mod sorted_sets;
mod swap;
mod values;
mod wrong_types;

use std::time::Duration;

use larder::{Larder, Store, Ttl};
use serde::{Deserialize, Serialize};

/// Longer than any test takes.
pub(crate) const HOUR: Duration = Duration::from_hours(1);
/// Shorter than an hour, and longer than any test takes.
pub(crate) const MINUTE: Duration = Duration::from_mins(1);

/// A value with something of everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) visits: u64,
    pub(crate) email: Option<String>,
}

pub(crate) fn user(name: &str) -> User {
    User {
        name: name.to_owned(),
        visits: 0,
        email: None,
    }
}

pub(crate) fn users(larder: &Larder) -> Store<User> {
    larder.store("users").ttl(HOUR).unwrap()
}

pub(crate) fn words(larder: &Larder) -> Store<String> {
    larder.store("words").ttl(HOUR).unwrap()
}

pub(crate) fn numbers(larder: &Larder) -> Store<i64> {
    larder.store("numbers").ttl(HOUR).unwrap()
}

pub(crate) fn word(text: &str) -> String {
    text.to_owned()
}

/// Whether this end was set to about this long, a moment ago.
pub(crate) fn is_about(ttl: Option<Ttl>, wanted: Duration) -> bool {
    let left = ttl.and_then(Ttl::duration);
    left.is_some_and(|left| left <= wanted && wanted.saturating_sub(left) < Duration::from_secs(30))
}
