//! What time it is on the server.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::backend::Reply;
use crate::clock::Clock;
use crate::error::Result;

/// The server's clock, as last heard of.
#[derive(Debug)]
pub(crate) struct ServerTime {
    clock: Clock,
    /// By how many milliseconds the server is ahead of this machine; `UNKNOWN` before it was heard.
    ahead: AtomicI64,
}

const UNKNOWN: i64 = i64::MIN;

impl ServerTime {
    /// Not heard yet.
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            ahead: AtomicI64::new(UNKNOWN),
        }
    }

    /// The server has just said that it is this many milliseconds since 1970.
    pub(crate) fn observe(&self, server_millis: i64) {
        let ahead = server_millis.saturating_sub(self.local());
        self.ahead.store(ahead.max(UNKNOWN + 1), Ordering::Relaxed);
    }

    /// Takes the reply to `TIME`, and answers what the server's clock showed, in microseconds
    /// since 1970.
    pub(crate) fn hear(&self, reply: Reply) -> Result<u64> {
        let mut micros = 0_u64;
        for (part, scale) in reply.into_array("TIME")?.into_iter().zip([1_000_000, 1]) {
            let digits = part.into_bytes("TIME")?.unwrap_or_default();
            let part: u64 = String::from_utf8_lossy(&digits).parse().unwrap_or_default();
            micros = micros.saturating_add(part.saturating_mul(scale));
        }
        self.observe(i64::try_from(micros / 1000).unwrap_or(i64::MAX));
        Ok(micros)
    }

    /// The server's time in milliseconds since 1970, or 0 if it was never heard.
    pub(crate) fn now(&self) -> u64 {
        match self.ahead.load(Ordering::Relaxed) {
            UNKNOWN => 0,
            ahead => u64::try_from(self.local().saturating_add(ahead)).unwrap_or(0),
        }
    }

    /// How long until the server's clock shows this time, if it was ever heard.
    pub(crate) fn until(&self, server_millis: u64) -> Option<Duration> {
        let now = self.now();
        (now > 0).then(|| Duration::from_millis(server_millis.saturating_sub(now)))
    }

    fn local(&self) -> i64 {
        i64::try_from(self.clock.since_epoch().as_millis()).unwrap_or(i64::MAX)
    }
}
