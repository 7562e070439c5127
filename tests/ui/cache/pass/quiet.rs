//! Whatever lints a user denies.
#![deny(warnings, missing_docs, unreachable_pub)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code)]

use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A module of its own, in which nothing is imported.
pub mod caches {
    larder::cache! {
        /// Documented.
        pub NUMBERS: Cache<u64> = "numbers", ttl "15m", version 2, codec "json", jitter "10%", local "10s";
        /// What is absent is remembered.
        pub FOUND: larder::Cache<Option<String>> = "found", ttl crate::MINUTE, none_ttl "5s";
    }
    larder::cache! {}
}

macro_rules! counters {
    ($($name:ident = $namespace:literal for $ttl:literal),*) => {
        larder::cache! { $($name: Cache<u64> = $namespace, ttl $ttl;)* }
    };
}

counters!(LIKES = "likes" for "1m", VIEWS = "views" for "1h");

fn main() {
    let _ = (&caches::NUMBERS, &caches::FOUND, &LIKES, &VIEWS, MINUTE);
}
