//! What generated code calls. Not part of the public interface: it may change in any release.

pub use std;

pub mod probe;
#[cfg(feature = "testing")]
pub use crate::testing;

pub use crate::cache::shape::{CacheValue, Direct, Fallible, Shape};
pub use crate::cache::{CacheCall, CacheSpec, Entry, OnError, Policy, Ttl, cached, refreshed};
pub use crate::codec::Codec;
pub use crate::codec::schema::{Fingerprint, Schema};
pub use crate::error::Error;
pub use crate::key::{CacheKey, KeyWriter};
pub use crate::larder::Larder;
pub use probe::{AbsentProbe, ResultProbe, ShareProbe, require_plain};

use crate::error::Result;

/// The call of a cached function: which cache, which key. It never fails: an error waits for the verb that needs the cache.
pub fn call(spec: CacheSpec, arguments: impl FnOnce(&mut KeyWriter<'_>)) -> CacheCall {
    let target = Larder::with_current(|larder| larder.target(&spec, arguments));
    CacheCall::new(spec, target.flatten())
}

/// The entry of one call.
pub fn entry<V>(call: CacheCall) -> Entry<V> {
    Entry::new(call)
}

/// Removes every entry of a cache.
pub async fn clear(spec: CacheSpec) -> Result<u64> {
    Larder::current()?.clear(spec.namespace).await
}

/// Counts a call that `if` or `unless` sends past the cache.
pub fn bypassed(spec: &CacheSpec) {
    // Without a Larder the call that follows says so itself.
    let _ = Larder::with_current(|larder| larder.bypassed(spec));
}

/// Gives a `ttl_from` closure its types.
pub fn ttl_rule<V, T: Into<Ttl>, F: Fn(&V) -> T + Send + Sync>(
    rule: F,
) -> impl Fn(&V) -> Ttl + Send + Sync {
    move |value| rule(value).into()
}

/// Gives a `store_if` closure its types.
pub fn store_rule<V, F: Fn(&V) -> bool + Send + Sync>(rule: F) -> F {
    rule
}

/// Gives a `cache_err` closure its types.
pub fn failure_rule<E, F: Fn(&E) -> bool + Send + Sync>(rule: F) -> F {
    rule
}

/// Nothing: the feature `testing` is on.
#[cfg(feature = "testing")]
#[doc(hidden)]
#[macro_export]
macro_rules! require_testing {
    () => {};
}

/// Says which feature is missing.
#[cfg(not(feature = "testing"))]
#[doc(hidden)]
#[macro_export]
macro_rules! require_testing {
    () => {
        ::core::compile_error!("`#[larder::test]` needs the feature `testing`: larder = { version = \"…\", features = [\"testing\"] } under [dev-dependencies]");
    };
}

pub use crate::require_testing;
