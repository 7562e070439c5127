//! What generated code calls. Not part of the public interface: it may change in any release.

pub use std;

pub mod companion;
pub mod limited;
#[cfg(feature = "testing")]
pub use crate::testing;

pub use crate::cache::probe::{
    Absent, AbsentProbe, ResultProbe, ShareProbe, Sharing, require_absent, require_plain,
};
pub use crate::cache::shape::{CacheValue, Direct, Fallible, Shape};
pub use crate::cache::{CacheCall, CacheSpec, Entry, Policy, Ttl, cached, refreshed};
pub use crate::codec::Codec;
pub use crate::codec::schema::{Fingerprint, Schema};
pub use crate::error::Error;
pub use crate::key::{CacheKey, KeyWriter};
pub use crate::larder::Larder;
pub use crate::rate::{Algorithm, Limit, RateOnError, RateSpec};
pub use companion::Companion;
pub use limited::{Limited, limited};

use crate::error::Result;
use crate::global::complain_once;

/// The call of a cached function: which cache, which key. It never fails: an error waits for the verb that needs the cache.
pub fn call(spec: CacheSpec, arguments: impl FnOnce(&mut KeyWriter<'_>)) -> CacheCall {
    let target = Larder::with_current(|larder| larder.target(&spec, arguments)).flatten();
    if let Err(error) = &target {
        complain_once(error);
    }
    CacheCall::new(spec, target)
}

/// The entry of one call.
pub fn entry<V>(call: CacheCall) -> Entry<V> {
    Entry::new(call)
}

/// Removes every entry of a cache.
pub async fn clear(spec: CacheSpec) -> Result<u64> {
    Larder::current()?.clear(spec.namespace).await
}

/// A number for the type arguments of a generic function or type, 0 if there are none: two instances of one function may
/// have the same key and mean different values, so they must not read each other's.
///
/// It is made from the names that the compiler gives to types, and from nothing before the first `<`, so that moving a type to
/// another module changes it only for generics. Another compiler may write the names otherwise: then values are misses.
pub fn type_arguments<T: ?Sized>() -> u64 {
    let name = std::any::type_name::<T>();
    name.find('<').map_or(0, |start| {
        Fingerprint::new("types").attribute(&name[start..]).finish()
    })
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
