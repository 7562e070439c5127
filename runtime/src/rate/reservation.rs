//! Units that were taken for a work whose cost is known only afterwards.

use std::fmt;
use std::sync::Arc;

use super::decision::Decision;
use super::engine::RateEngine;
use super::question::Question;
use super::spec::RateSpec;
use crate::error::Result;
use crate::key::Key;

/// Units that are reserved until they are settled; made by
/// [`Limiter::reserve`](super::Limiter::reserve).
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use std::time::Duration;
///
/// let tokens = larder::Larder::memory().limiter("tokens").limits("1000/m")?;
/// let lease = Duration::from_secs(30);
///
/// let reservation = tokens.reserve("ada", 800, lease).await?;
/// assert_eq!(reservation.decision().remaining(), 200);
/// reservation.settle(150).await?;                        // what it has cost in truth
///
/// let another = tokens.reserve("ada", 800, lease).await?;
/// another.cancel().await?;
/// assert_eq!(tokens.peek("ada").await?.remaining(), 850);
/// # Ok(())
/// # }
/// ```
///
/// Dropping it settles nothing: the units are given back when the reservation's lease has ended, by
/// the next reservation, or by the first call that would be denied without them. What has come back
/// with time meanwhile is not given back a second time.
#[must_use = "settle it with the true cost, or cancel it"]
pub struct Reservation {
    engine: Arc<RateEngine>,
    spec: RateSpec,
    key: Key,
    hold: Hold,
    decision: Decision,
}

/// What a reservation has of the limits.
#[derive(Debug)]
pub(super) enum Hold {
    /// Its units, under this name.
    Reserved(String),
    /// Nothing: the limits only rehearse, and would have denied it.
    Rehearsed,
}

impl Reservation {
    pub(super) fn new(
        engine: Arc<RateEngine>,
        spec: RateSpec,
        key: Key,
        hold: Hold,
        decision: Decision,
    ) -> Self {
        Self {
            engine,
            spec,
            key,
            hold,
            decision,
        }
    }

    /// Where the limits stood when it was made.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// Puts the true cost in the place of the estimate. It may be higher: then the key is in debt, of
    /// at most four years, and the next calls wait for longer. Answers where the limits stand now. A reservation whose
    /// lease has ended was given back: then all of the cost is taken now.
    ///
    /// # Errors
    /// The backend's. It is sent once only: after an error it may have been settled or not, and if
    /// not, it is given back in time.
    pub async fn settle(self, cost: u64) -> Result<Decision> {
        let (cost, question) = match &self.hold {
            Hold::Reserved(id) => (cost, Question::Settle(id)),
            // What would have been denied takes nothing.
            Hold::Rehearsed => (1, Question::Peek),
        };
        let asked = self.engine.ask(&self.spec, &self.key, cost, question);
        let settled = asked.await?;
        // What was given back may let somebody pass who was denied.
        self.engine.denials.forget(&self.key);
        Ok(Decision {
            verdict: super::decision::Verdict::Allowed,
            ..settled
        })
    }

    /// Gives everything back.
    ///
    /// # Errors
    /// As [`settle`](Self::settle).
    pub async fn cancel(self) -> Result<()> {
        self.settle(0).await.map(drop)
    }
}

impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation")
            .field("key", &self.key)
            .field("hold", &self.hold)
            .finish_non_exhaustive()
    }
}
