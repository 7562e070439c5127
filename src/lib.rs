#![doc = include_str!("../README.md")]

pub use larder_macros::{CacheKey, Schema, cached, test};
#[cfg(feature = "memory")]
pub use larder_runtime::MemoryServer;
#[cfg(feature = "testing")]
pub use larder_runtime::testing;
pub use larder_runtime::{
    Answers, Cache, CacheKey, CacheSpec, CacheStats, Codec, Entry, Error, ErrorKind, ErrorRules,
    Health, HealthStatus, KeyWriter, Larder, LarderBuilder, OnError, Operation, Queued, Result,
    Schema, Store, StoreBuilder, StorePipeline, Tenancy, Tenant, Ttl, spawn, tenant,
};

#[doc(hidden)]
pub use larder_runtime::__private;

#[cfg(any(doc, doctest))]
pub mod guide;
