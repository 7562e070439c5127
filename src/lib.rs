// Of two definitions of a link the first counts: here the README leads to this documentation.
#![cfg_attr(doc, doc = include_str!("links.md"))]
#![doc = include_str!("../README.md")]
#![cfg_attr(
    doc,
    doc = "\n# In these pages\n\nThe [`guide`] by topic, from [getting started](guide::getting_started) on; the attribute \
           [`cached`] with every argument on [a page of its own](guide::cached); the handle, [`Larder`]."
)]

pub use larder_macros::{
    CacheKey, Schema, cache, cache_put, cached, concurrency_limited, idempotent, invalidates,
    rate_limited, test, with_lock,
};
#[cfg(feature = "testing")]
pub use larder_runtime::testing;
pub use larder_runtime::{
    Algorithm, Answers, Cache, CacheKey, CacheOperation, CacheSpec, CacheStats, Codec, Decision,
    DecisionSource, Early, Entries, Entry, Error, ErrorKind, ErrorRules, Expirations, ExpiredEntry,
    Expiry, Freshness, Health, HealthStatus, IndexPages, IndexValues, Invalidation,
    InvalidationToken, KeyWriter, Larder, LarderBuilder, Limit, LimitState, Limiter,
    LimiterBuilder, Local, Operation, Previous, Queued, RateOnError, RateSpec, RateStats, Reload,
    Reservation, Result, Schema, Store, StoreBuilder, StorePipeline, Tenancy, Tenant, Ttl, WarmUp,
    WarmUpProgress, WarmedUp, at_least, max_age, spawn, tenant, warm_up,
};
#[cfg(feature = "tower")]
pub use larder_runtime::{
    ForwardedIp, HeaderKey, LarderLayer, LarderService, LiveLimits, PeerIp, RateLimitLayer,
    RateLimitService, RequestKey,
};
pub use larder_runtime::{Idempotency, IdempotencyBuilder, IdempotencySpec};
#[cfg(feature = "memory")]
pub use larder_runtime::{MemoryServer, MemoryServerBuilder};
pub use larder_runtime::{Permit, PermitSpec, Permits, PermitsBuilder};

pub use larder_runtime::lock;
pub use larder_runtime::lock::{Lock, LockGuard, LockStats};

#[doc(hidden)]
pub use larder_runtime::__private;

#[cfg(any(doc, doctest))]
pub mod guide;

// The examples of the attributes only compile where `larder` is.
#[cfg(doctest)]
mod attributes;
