#![doc = include_str!("../README.md")]

pub use larder_macros::{CacheKey, Schema, cached, test};
#[cfg(feature = "memory")]
pub use larder_runtime::backend::memory::MemoryServer;
#[cfg(feature = "testing")]
pub use larder_runtime::testing;
pub use larder_runtime::{
    CacheKey, CacheSpec, CacheStats, Codec, Entry, Error, ErrorKind, Health, HealthStatus,
    KeyWriter, Larder, LarderBuilder, OnError, Result, Schema, Tenancy, Tenant, Ttl, spawn, tenant,
};

#[doc(hidden)]
pub use larder_runtime::__private;
