//! For how long a function keeps copies.

use std::time::Duration;

/// Whether and for how long copies of values are kept in this process, to be answered without
/// asking the server. A copy never outlives the entry that it is a copy of, and is dropped as soon
/// as the server tells that the entry has changed.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::{CacheSpec, Local, Ttl};
/// use std::time::Duration;
///
/// const RATES: CacheSpec = CacheSpec::new("rates", Ttl::after(Duration::from_secs(300)))
///     .local(Local::For(Duration::from_secs(10)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Local {
    /// No copy is kept: every call asks the server.
    Off,
    /// A copy is kept for this long, and no longer than its entry is fresh.
    For(Duration),
    /// A copy is kept for as long as its entry is fresh.
    WhileFresh,
}

impl Local {
    /// For how long a copy is kept of what is fresh for this long; `None` if none is.
    pub(crate) fn limit(self, fresh_for: Option<Duration>) -> Option<Duration> {
        let fresh_for = fresh_for.unwrap_or(Duration::MAX);
        match self {
            Self::Off => None,
            Self::For(limit) => Some(limit.min(fresh_for)),
            Self::WhileFresh => Some(fresh_for),
        }
    }
}
