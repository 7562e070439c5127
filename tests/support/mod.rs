//! What the tests stand on: real servers, a network that can fail, certificates, other processes.
//!
//! Every test target includes this folder with `#[path = "../support/mod.rs"] mod support;`.
#![allow(
    dead_code,
    reason = "every test target includes this folder and uses a part of it"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot get what it stands on has failed"
)]

pub(crate) mod certificates;
pub(crate) mod monitor;
pub(crate) mod processes;
pub(crate) mod proxy;
pub(crate) mod raw;
pub(crate) mod runtimes;
pub(crate) mod server;
pub(crate) mod still;
mod watchdog;

use std::sync::atomic::{AtomicU64, Ordering};

/// A word that no other test, in this process or another, ever uses: for keys, channels and names.
pub(crate) fn unique(stem: &str) -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("{stem}-{}-{count}", std::process::id())
}

/// A port that is free now and that no outgoing connection will be given: it lies below the range
/// from which systems take those, so it is still free when a server comes back to it after a
/// restart.
pub(crate) fn likely_free_port() -> u16 {
    use std::hash::{BuildHasher, Hasher};
    loop {
        let random = std::hash::RandomState::new().build_hasher().finish();
        let port = 18_000 + u16::try_from(random % 14_000).expect("below 14,000");
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
