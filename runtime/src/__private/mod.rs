//! What generated code calls. Not part of the public interface: it may change in any release.

pub use std;

mod batch;
pub mod codecs;
mod draft;
mod group;
mod guarded;
mod idempotent;
pub mod limited;
mod local;
pub mod locked;
mod owned;
mod permitted;
mod predefined;
mod probes;
mod test;
mod writes;
#[cfg(feature = "testing")]
pub use crate::testing;

pub use crate::cache::probe::{
    Absent, AbsentProbe, CloneProbe, Cloning, ResultProbe, require_absent, require_clone,
    require_plain,
};
pub use crate::cache::shape::{CacheValue, Direct, Fallible, Shape};
pub use crate::cache::{
    Around, BatchId, CacheOperation, CacheSpec, Declaration, Early, Entries, Entry, Failures,
    IndexFallback, IndexProbe, IndexValues, InvalidationToken, Kept, Local, Pairs, Previous,
    Reload, Ttl, Verb,
};
pub use crate::codec::schema::{Fingerprint, Schema};
pub use crate::error::Error;
pub use crate::idempotency::IdempotencySpec;
pub use crate::key::{CacheKey, KeyWriter, TagWriter};
pub use crate::larder::{Cache, Larder};
pub use crate::lock::{LockFairness, LockMode, LockPlacement, LockReentrance, LockSpec};
pub use crate::permits::PermitSpec;
pub use crate::rate::{Algorithm, Limit, RateOnError, RateSpec};
pub use batch::{
    BatchDraft, BatchGroups, BatchValue, ReloadMany, Stored, UnstorableBatch, again, batch,
    batched, batched_behind, of_present, unzip,
};
pub use codecs::{codec_bincode, codec_json, codec_msgpack, codec_postcard};
pub use draft::{Draft, Unstorable, behind, cached};
pub use group::{GroupDraft, UnstorableGroup, group};
pub use guarded::{Guarded, Refusal};
pub use idempotent::{IdempotentCall, Once, Outcome, idempotent};
pub use limited::{Limited, limited};
pub use locked::{Locked, locked};
pub use owned::{Outlive, own};
pub use permitted::{PermittedCall, Refused, permitted, refused};
pub use predefined::predefined;
pub use probes::{Drafting, Failing};
pub use test::TestArgument;
pub use writes::{Invalidates, Writes, written, written_or_failed};

use crate::cache::{CacheCall, CallDraft, Demand};
use crate::global::complain_once;

/// The call in the Larder that is in use here. It never fails: an error waits for the verb that
/// needs the cache.
fn call(draft: &CallDraft) -> CacheCall {
    let found = Larder::with_current(|larder| {
        let target = larder.target(&draft.spec, &draft.arguments);
        (target, larder.demand())
    });
    let (mut target, demand) = found.unwrap_or_else(|error| (Err(error), Demand::default()));
    if let (Ok(target), Some(groups)) = (&mut target, &draft.groups) {
        target.join(groups.clone());
    }
    if let Err(error) = &target {
        complain_once(error);
    }
    CacheCall::new(draft.spec.clone(), target, demand)
}

/// Removes every entry of a cache.
pub fn clear(namespace: &'static str) -> CacheOperation<u64> {
    CacheOperation::new(
        "clear",
        async move { Larder::current()?.clear(namespace).await },
    )
}

/// A number for the type arguments of a generic function or type, 0 if there are none: two
/// instances of one function may have the same key and mean different values, so they must not read
/// each other's.
///
/// It is made from the names that the compiler gives to types, and from nothing before the first
/// `<`, so that moving a type to another module changes it only for generics. Another compiler may
/// write the names otherwise: then values are misses.
pub fn type_arguments<T: ?Sized>() -> u64 {
    let name = std::any::type_name::<T>();
    name.find('<').map_or(0, |start| {
        Fingerprint::new("types").attribute(&name[start..]).finish()
    })
}

/// Counts a call that `if` or `unless` sends past the cache.
pub fn bypassed(namespace: &'static str) {
    // Without a Larder the call that follows says so itself.
    let _ = Larder::with_current(|larder| larder.bypassed(namespace));
}

/// Asks a `ttl_from` closure, and gives it its types.
pub fn ttl_rule<V, T: Into<Ttl>>(value: &V, rule: impl Fn(&V) -> T) -> Ttl {
    rule(value).into()
}

/// Asks a `store_if` closure, and gives it its types.
pub fn store_rule<V>(value: &V, rule: impl Fn(&V) -> bool) -> bool {
    rule(value)
}

/// Asks a `cache_err` closure, and gives it its types.
pub fn failure_rule<E>(error: &E, rule: impl Fn(&E) -> bool) -> bool {
    rule(error)
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
