//! Larder in web services: a layer that limits requests, one that gives requests their Larder, and
//! answers that say why.
//!
//! [`limit_layer`] is what users put around a service, [`gate`] decides on a request,
//! [`request_key`] says whose it is, [`live_limits`] which limits there are; [`fields`] and
//! [`problem`] are what a client is told.

#[cfg(feature = "axum")]
mod axum;
mod fields;
mod gate;
mod larder_layer;
mod limit_layer;
mod live_limits;
mod problem;
mod request_key;

pub use larder_layer::{LarderLayer, LarderService};
pub use limit_layer::{RateLimitLayer, RateLimitService};
pub use live_limits::LiveLimits;
pub use request_key::{ForwardedIp, HeaderKey, PeerIp, RequestKey};

/// The answer of a service, when it is ready.
type Answer<T, E> = std::pin::Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;
