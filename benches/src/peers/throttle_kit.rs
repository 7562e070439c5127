//! `throttle-kit` on Redis, as its documentation sets it up.

use std::sync::Arc;
use std::time::Duration;

use throttle_kit::{Quota, RateLimitBackend, RedisBackend};

use crate::measure::Result;

/// How rows name it.
pub(crate) const NAME: &str = "throttle-kit 2.1.2";

/// It counts in whole milliseconds, so this is the most that it lets through: a thousand a second
/// after a burst.
const INTERVAL: Duration = Duration::from_millis(1);
/// More than is ever asked for.
const BURST: u32 = 1_000_000;

/// A limiter of one server.
#[derive(Clone)]
pub(crate) struct ThrottleKit {
    backend: Arc<RedisBackend>,
    quota: Quota,
}

impl ThrottleKit {
    /// One connection that all share.
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let backend = RedisBackend::connect(url).await;
        Ok(Self {
            backend: Arc::new(backend.map_err(|error| error.to_string())?),
            quota: Quota::from_parts(INTERVAL, BURST),
        })
    }

    /// One check.
    pub(crate) async fn take(&self, key: u64) -> Result<()> {
        let checked = self.backend.check(&key.to_string(), &self.quota).await;
        // It lets everything through while the server cannot be asked, and then nothing is said to
        // be left.
        if checked.allowed && checked.remaining > 0 {
            return Ok(());
        }
        Err("a check was denied, or not made".into())
    }
}
