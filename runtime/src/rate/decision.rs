//! What a limiter answers.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use super::limit::Limit;
use super::spec::MOST_LIMITS;
use crate::error::{Error, ErrorKind};

/// What a limiter decided about one call.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// let limiter = larder::Larder::memory().limiter("api").limits("2/s, 100/h")?;
/// let decision = limiter.check("ada").await?;
/// assert!(decision.is_allowed());
/// assert_eq!(decision.remaining(), 1);
/// assert_eq!(decision.tightest().limit.to_string(), "2/1s");
///
/// limiter.check("ada").await?;
/// let denied = limiter.check("ada").await?;
/// println!("again in {:?}, says {:?}", denied.retry_after(), denied.source());
/// let error = denied.into_result().unwrap_err();         // for `?`
/// assert_eq!(larder::Decision::of(&error), Some(&denied));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    pub(super) verdict: Verdict,
    pub(super) limits: [Option<LimitState>; MOST_LIMITS],
    pub(super) source: DecisionSource,
}

/// Whether the call may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Allowed,
    Denied {
        /// It may be tried again after so long.
        retry_after: Duration,
        /// The place of the limit that has it wait for longest.
        denier: usize,
    },
}

/// Where one limit stands after a decision.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// let limiter = larder::Larder::memory().limiter("api").limits("10/s, 100/h")?;
/// for state in limiter.check("ada").await?.limits() {
///     println!("{}: {} left, all of it again in {:?}", state.limit, state.remaining, state.reset_after);
/// }
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitState {
    /// Which limit.
    pub limit: Limit,
    /// How many units may come now.
    pub remaining: u64,
    /// After how long all of it is there again.
    pub reset_after: Duration,
}

/// Who decided.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::DecisionSource;
///
/// let limiter = larder::Larder::memory().limiter("api").limits("10/s")?;
/// assert_eq!(limiter.check("ada").await?.source(), DecisionSource::Server);
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecisionSource {
    /// The server.
    Server,
    /// This process: it remembered that the key is denied, or gave out what it had borrowed.
    Local,
    /// What is declared for the time when the server is away.
    Degraded,
}

impl Decision {
    /// Whether the call may go on.
    pub fn is_allowed(&self) -> bool {
        self.verdict == Verdict::Allowed
    }

    /// After how long a call of the same cost would be allowed, if nobody else calls; `None` if
    /// this one was.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.verdict {
            Verdict::Allowed => None,
            Verdict::Denied { retry_after, .. } => Some(retry_after),
        }
    }

    /// How many units may come now, under all limits.
    pub fn remaining(&self) -> u64 {
        self.tightest().remaining
    }

    /// The limit with the fewest units left.
    pub fn tightest(&self) -> LimitState {
        let tightest = self.limits().min_by_key(|state| state.remaining);
        // There is always one.
        tightest.unwrap_or(LimitState {
            limit: Limit::new(1, Duration::from_secs(1)),
            remaining: 0,
            reset_after: Duration::ZERO,
        })
    }

    /// Of a denial, the limit that has it wait for longest.
    pub(super) fn denier(&self) -> LimitState {
        let place = match self.verdict {
            Verdict::Allowed => None,
            Verdict::Denied { denier, .. } => Some(denier),
        };
        let state = place.and_then(|place| self.limits.get(place)?.as_ref());
        state.copied().unwrap_or_else(|| self.tightest())
    }

    /// Where the limits stand, in the order of their periods. A denial that was remembered knows
    /// only of the limit that denied.
    pub fn limits(&self) -> impl Iterator<Item = LimitState> {
        self.limits.iter().flatten().copied()
    }

    /// Who decided.
    pub fn source(&self) -> DecisionSource {
        self.source
    }

    /// Nothing if the call may go on; else an error of the kind [`ErrorKind::RateLimited`] that
    /// holds this decision.
    ///
    /// # Errors
    /// If the call was denied.
    pub fn into_result(self) -> Result<Self, Error> {
        match self.verdict {
            Verdict::Allowed => Ok(self),
            Verdict::Denied { retry_after, .. } => Err(Error::new(
                ErrorKind::RateLimited,
                "rate limit",
                format!("too many calls: try again in {retry_after:?}"),
            )
            .caused_by(Denied(self))),
        }
    }

    /// The decision in an error that a denied call has met.
    pub fn of(error: &Error) -> Option<&Self> {
        let denied = error.source()?.downcast_ref::<Denied>()?;
        Some(&denied.0)
    }
}

/// A decision as the cause of an error.
#[derive(Debug)]
struct Denied(Decision);

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the limit {} is used up", self.0.denier().limit)
    }
}

impl StdError for Denied {}
