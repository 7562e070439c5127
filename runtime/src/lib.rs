//! The run-time half of `larder`. Do not depend on this crate: `larder` re-exports what users need.

pub mod backend;
pub mod clock;
pub mod codec;
pub mod config;
pub mod error;
pub mod key;
pub mod lock;
#[cfg(feature = "testing")]
pub mod testing;

#[doc(hidden)]
pub mod __private;

mod behind;
mod cache;
mod context;
mod duty;
mod global;
mod hash;
mod health;
#[cfg(feature = "tower")]
mod http;
mod idempotency;
mod larder;
mod layers;
mod length;
mod metrics;
mod permits;
mod rate;
mod store;
mod warm_up;

#[cfg(feature = "memory")]
pub use backend::memory::{MemoryServer, MemoryServerBuilder};
pub use cache::{
    CacheOperation, CacheSpec, Early, Entries, Entry, ErrorRules, IndexValues, Invalidation,
    InvalidationToken, Local, Previous, Reload, Ttl,
};
pub use codec::Codec;
pub use codec::schema::Schema;
pub use error::{Error, ErrorKind, Result};
pub use global::{Freshness, Tenant, at_least, max_age, spawn, tenant};
pub use health::{Health, HealthStatus};
#[cfg(feature = "tower")]
pub use http::{
    ForwardedIp, HeaderKey, LarderLayer, LarderService, LiveLimits, PeerIp, RateLimitLayer,
    RateLimitService, RequestKey,
};
pub use idempotency::{Idempotency, IdempotencyBuilder, IdempotencySpec};
pub use key::{CacheKey, KeyWriter};
pub use larder::{
    Cache, Expirations, ExpiredEntry, Expiry, IndexPages, Larder, LarderBuilder, Tenancy,
};
pub use metrics::CacheStats;
pub use permits::{Permit, PermitSpec, Permits, PermitsBuilder};
pub use rate::{
    Algorithm, Decision, DecisionSource, Limit, LimitState, Limiter, LimiterBuilder, RateOnError,
    RateSpec, RateStats, Reservation,
};
pub use store::{Answers, Operation, Queued, Store, StoreBuilder, StorePipeline};
pub use warm_up::{WarmUp, WarmUpProgress, WarmedUp, warm_up};
