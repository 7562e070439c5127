// The pages define their links at their ends, for readers of the repository. Of two definitions the
// first counts: those of `links.md` lead to the same pages here.
#![doc = include_str!("links.md")]
#![doc = include_str!("../docs/guide/README.md")]

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/getting-started.md")]
pub mod getting_started {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/cached.md")]
pub mod cached {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/batches.md")]
pub mod batches {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/keys.md")]
pub mod keys {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/lifetimes.md")]
pub mod lifetimes {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/consistency.md")]
pub mod consistency {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/local.md")]
pub mod local {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/staleness.md")]
pub mod staleness {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/writes.md")]
pub mod writes {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/indexes-and-tags.md")]
pub mod indexes_and_tags {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/failure.md")]
pub mod failure {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/testing.md")]
pub mod testing {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/tenants.md")]
pub mod tenants {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/configuration.md")]
pub mod configuration {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/production.md")]
pub mod production {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/embedded.md")]
pub mod embedded {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/store.md")]
pub mod store {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/rate-limits.md")]
pub mod rate_limits {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/concurrency.md")]
pub mod concurrency {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/locks.md")]
pub mod locks {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/idempotency.md")]
pub mod idempotency {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/stacking.md")]
pub mod stacking {}

#[doc = include_str!("links.md")]
#[cfg_attr(feature = "axum", doc = include_str!("../docs/guide/http.md"))]
pub mod http {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../docs/guide/without-macros.md")]
pub mod without_macros {}
