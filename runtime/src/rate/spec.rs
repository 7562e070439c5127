//! What one limiter declares.

use std::time::Duration;

use super::algorithm::Algorithm;
use super::limit::Limit;
use crate::error::{Error, ErrorKind, Result};

/// How many limits one limiter may have.
pub(super) const MOST_LIMITS: usize = 4;

/// What happens to calls while the server cannot be asked. What does not pass by itself, such as a
/// cost that could never pass or a Larder that was not installed, is an error whatever is declared.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::{Larder, RateOnError};
///
/// let logins = Larder::memory().limiter("logins").on_error(RateOnError::Local).limits("5/m")?;
/// assert!(logins.check("ada").await?.is_allowed());
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RateOnError {
    /// The error of the backend: whoever is not sure does not let calls pass.
    #[default]
    Fail,
    /// Calls pass. Each is counted as degraded.
    Allow,
    /// This process keeps the limits by itself: a fleet of n processes lets n times as much pass.
    Local,
}

/// Whether a limit only counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Enforcement {
    Enforced,
    /// Calls that would be denied pass, and are counted.
    Shadow,
}

/// The declaration of a limiter: its namespace, its limits, and how they are kept.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::{Algorithm, Limit, RateOnError, RateSpec};
/// use std::time::Duration;
///
/// const API: RateSpec = RateSpec::new("api", Limit::new(10, Duration::from_secs(1)))
///     .limit(Limit::new(1000, Duration::from_secs(3600)).burst(50))
///     .on_error(RateOnError::Local);
///
/// const REHEARSED: RateSpec = API
///     .algorithm(Algorithm::TokenBucket)
///     .batch(10)
///     .timeout(Duration::from_millis(20))
///     .shadow();
/// assert_eq!(REHEARSED.limits().count(), 2);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct RateSpec {
    pub(super) namespace: &'static str,
    limits: [Option<Limit>; MOST_LIMITS],
    pub(super) algorithm: Algorithm,
    pub(super) on_error: RateOnError,
    pub(super) enforcement: Enforcement,
    pub(super) batch: u64,
    pub(super) timeout: Option<Duration>,
}

impl RateSpec {
    /// A limiter of this namespace with one limit, by [`Algorithm::Gcra`], which fails while the
    /// server is away.
    #[must_use]
    pub const fn new(namespace: &'static str, limit: Limit) -> Self {
        Self {
            namespace,
            limits: [Some(limit), None, None, None],
            algorithm: Algorithm::Gcra,
            on_error: RateOnError::Fail,
            enforcement: Enforcement::Enforced,
            batch: 0,
            timeout: None,
        }
    }

    /// One more limit: a call passes if all of them let it, and takes from all of them or from
    /// none.
    ///
    /// # Panics
    /// At the fifth: in a constant that is an error of the compiler.
    #[must_use]
    pub const fn limit(mut self, limit: Limit) -> Self {
        let mut place = 0;
        // Kept in the order of their periods, so that the state of a key means the same whatever
        // order they are written in.
        let mut limit = limit;
        while place < MOST_LIMITS {
            match self.limits[place] {
                None => {
                    self.limits[place] = Some(limit);
                    return self;
                }
                Some(other) if limit.per().as_nanos() < other.per().as_nanos() => {
                    self.limits[place] = Some(limit);
                    limit = other;
                }
                Some(_) => {}
            }
            place += 1;
        }
        panic!("a limiter has at most four limits")
    }

    /// How the limits count.
    #[must_use]
    pub const fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// What happens while the server cannot be asked.
    #[must_use]
    pub const fn on_error(mut self, on_error: RateOnError) -> Self {
        self.on_error = on_error;
        self
    }

    /// Nobody is denied: what would have been is counted, as a rehearsal before a limit is switched
    /// on.
    #[must_use]
    pub const fn shadow(mut self) -> Self {
        self.enforcement = Enforcement::Shadow;
        self
    }

    /// Each process borrows this many units at a time and gives them out without asking the server,
    /// but no more than may ever come at once. A fleet of n processes lets up to n × batch more
    /// pass than the limits say, and what a process has borrowed and not used is lost with it. Of
    /// callers of one key who come together one borrows (one in each Tokio runtime, where a process
    /// has several); whoever then finds nothing left asks for himself, and so does a caller where
    /// less than a batch is left: that is a second round trip.
    #[must_use]
    pub const fn batch(mut self, units: u64) -> Self {
        self.batch = units;
        self
    }

    /// How long one check may take; the call budget of the Larder unless said.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    pub(crate) const fn namespace(&self) -> &'static str {
        self.namespace
    }

    /// Whether nobody is denied.
    #[cfg(feature = "tower")]
    pub(crate) fn is_shadow(&self) -> bool {
        self.enforcement == Enforcement::Shadow
    }

    /// Whether the bursts of its limits mean something.
    #[cfg(feature = "tower")]
    pub(crate) fn has_burst(&self) -> bool {
        self.algorithm.has_burst()
    }

    /// The limits, in the order of their periods.
    pub fn limits(&self) -> impl Iterator<Item = &Limit> {
        self.limits.iter().flatten()
    }

    /// The same with these limits in place of its own; `None` unless they are one to four.
    pub(super) fn with_limits(mut self, limits: &[Limit]) -> Option<Self> {
        let (first, rest) = limits.split_first()?;
        if rest.len() >= MOST_LIMITS {
            return None;
        }
        self.limits = [Some(*first), None, None, None];
        Some(rest.iter().fold(self, |spec, limit| spec.limit(*limit)))
    }

    /// An error if a call of this cost could never pass.
    pub(super) fn can_pass(&self, cost: u64) -> Result<()> {
        let largest = self.largest_cost();
        if cost <= largest {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Configuration,
            "rate limit",
            format!("a call that costs {cost} can never pass: at most {largest} may come at once"),
        ))
    }

    /// The largest cost that can ever pass.
    pub(super) fn largest_cost(&self) -> u64 {
        let has_burst = self.algorithm.has_burst();
        let largest = self.limits().map(|limit| {
            if has_burst {
                limit.burst_units()
            } else {
                limit.units()
            }
        });
        largest.min().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn per(seconds: u64) -> Limit {
        Limit::new(10, Duration::from_secs(seconds))
    }

    #[test]
    fn limits_stand_in_the_order_of_their_periods() {
        let spec = RateSpec::new("n", per(60))
            .limit(per(1))
            .limit(per(3600))
            .limit(per(10));
        let periods: Vec<u64> = spec.limits().map(|limit| limit.per().as_secs()).collect();
        assert_eq!(periods, [1, 10, 60, 3600]);
    }

    #[test]
    fn what_can_never_pass_is_known() {
        let spec = RateSpec::new("n", per(60).burst(3)).limit(per(1));
        assert_eq!(spec.largest_cost(), 3);
        assert_eq!(spec.algorithm(Algorithm::SlidingLog).largest_cost(), 10);
    }
}
