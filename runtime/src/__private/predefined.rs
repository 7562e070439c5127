//! What `cache!` writes.

use crate::cache::probe::{Absent, Cloning};
use crate::cache::shape::CacheValue;
use crate::cache::{Declaration, ValueRules};
use crate::error::Result;
use crate::global::complain_once;
use crate::larder::{Cache, Larder};

/// A cache of the Larder that is in use at each call.
pub const fn predefined<V: CacheValue>(
    spec: Declaration,
    absent: Absent<V>,
    cloning: Cloning<V>,
) -> Cache<V> {
    Cache::found(in_use, spec, ValueRules::of_type(absent, cloning))
}

fn in_use() -> Result<Larder> {
    Larder::current().inspect_err(complain_once)
}
