//! Limits that are changed while services run.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::fields::Policies;
use crate::error::Result;
use crate::rate::{Limit, Limiter};

/// The limits of a [`RateLimitLayer`](super::RateLimitLayer) and of all services that it has made:
/// what is set here holds from the next request on. Clones are the same limits.
///
/// What clients have consumed stays consumed for a limit of the same period, as by
/// [`Limiter::with_limits`]. A request that waits
/// for its turn goes on under the limits that it has met. Each process has its own: tell all of
/// them.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # fn main() -> larder::Result<()> {
/// use larder::{Larder, Limit, PeerIp, RateLimitLayer};
/// use std::time::Duration;
///
/// let limiter = Larder::memory().limiter("api").limits("10/s")?;
/// let layer = RateLimitLayer::new(limiter, PeerIp);
/// let limits = layer.live_limits();                          // for whoever reads the configuration anew
/// # let _ = layer;
///
/// limits.set("20/s, 1000/h")?;
/// assert_eq!(limits.get().len(), 2);
/// limits.set_limits(&[Limit::new(5, Duration::from_secs(1))])?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct LiveLimits(Arc<ArcSwap<Rules>>);

/// By what requests are limited just now.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) limiter: Limiter,
    /// What clients may be told; nothing of limits that are rehearsed.
    pub(super) policies: Option<Policies>,
}

impl LiveLimits {
    pub(super) fn new(limiter: Limiter) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(Rules::new(limiter))))
    }

    /// Limits requests by these from now on, such as `"10/s, 1000/h burst 50"`.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) for a text that is no limit,
    /// and for more than four; the limits are then as before.
    pub fn set(&self, limits: &str) -> Result<()> {
        self.set_limits(&Limit::parse_all(limits)?)
    }

    /// Limits requests by these from now on.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) unless they are one to four;
    /// the limits are then as before.
    pub fn set_limits(&self, limits: &[Limit]) -> Result<()> {
        let limiter = self.rules().limiter.with_limits(limits)?;
        self.0.store(Arc::new(Rules::new(limiter)));
        Ok(())
    }

    /// The limits, in the order of their periods.
    #[must_use]
    pub fn get(&self) -> Vec<Limit> {
        self.rules().limiter.limits().copied().collect()
    }

    pub(super) fn rules(&self) -> Arc<Rules> {
        self.0.load_full()
    }
}

impl Rules {
    fn new(limiter: Limiter) -> Self {
        let spec = limiter.spec();
        Self {
            policies: (!spec.is_shadow()).then(|| Policies::of(spec)),
            limiter,
        }
    }
}

impl fmt::Debug for LiveLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LiveLimits").field(&self.rules()).finish()
    }
}
