//! Decides whether a request gets through.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::request::Parts;

use super::live_limits::LiveLimits;
use super::problem::Problem;
use super::request_key::RequestKey;
use crate::error::{Error, Result};
use crate::rate::{Decision, Limiter};

/// What a user's function says of a request.
pub(super) type Rule<T> = Arc<dyn Fn(&Parts) -> T + Send + Sync>;

/// Which requests are limited, by what, and what their clients are told.
#[derive(Clone)]
pub(super) struct Gate<K> {
    pub(super) limits: LiveLimits,
    pub(super) key: K,
    pub(super) cost: Option<Rule<u64>>,
    pub(super) exempt: Option<Rule<bool>>,
    pub(super) max_wait: Option<Duration>,
    pub(super) fields: Fields,
}

/// Whether clients are told their limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fields {
    Told,
    Withheld,
}

/// What becomes of a request.
pub(super) enum Passage {
    /// It gets through, and its response says where it has left the limits.
    Admitted(HeaderMap),
    /// It is answered here.
    Refused(Problem, HeaderMap),
}

impl<K: RequestKey> Gate<K> {
    /// Decides on the request, and puts the decision among its extensions.
    pub(super) async fn admit(&self, head: &mut Parts) -> Passage {
        let mut fields = HeaderMap::new();
        if self.exempt.as_ref().is_some_and(|exempt| exempt(head)) {
            return Passage::Admitted(fields);
        }
        let cost = self.cost.as_ref().map_or(1, |cost| cost(head));
        let rules = self.limits.rules();
        let decision = match self.decide(&rules.limiter, head, cost).await {
            Ok(decision) => decision,
            Err(error) => match Decision::of(&error) {
                // It would have had to wait for longer than it may.
                Some(denied) => *denied,
                None => return Passage::Refused(refusal(&error), fields),
            },
        };
        head.extensions.insert(decision);
        let policies = match self.fields {
            Fields::Told => rules.policies.as_ref(),
            Fields::Withheld => None,
        };
        if let Some(policies) = policies {
            policies.write(&decision, cost, &mut fields);
        }
        match decision.retry_after() {
            None => Passage::Admitted(fields),
            Some(wait) => {
                let violated = policies.map(|policies| policies.violated(&decision, cost));
                let problem = Problem::too_many(wait, violated.unwrap_or_default());
                Passage::Refused(problem, fields)
            }
        }
    }

    async fn decide(&self, limiter: &Limiter, head: &Parts, cost: u64) -> Result<Decision> {
        let key = self.key.key(head)?;
        match self.max_wait {
            Some(max_wait) => limiter.acquire(&key, cost, max_wait).await,
            None => limiter.check_cost(&key, cost).await,
        }
    }
}

fn refusal(error: &Error) -> Problem {
    // What passes by itself is logged once per change of state, by whoever has met it first.
    if !error.is_temporary() {
        tracing::error!(%error, "a request could not be limited, and was refused");
    }
    Problem::of(error)
}

impl<K> fmt::Debug for Gate<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("limits", &self.limits)
            .field("max_wait", &self.max_wait)
            .finish_non_exhaustive()
    }
}
