//! One call of a limited function.

use std::sync::Arc;
use std::time::Duration;

use super::engine::RateEngine;
use super::spec::RateSpec;
use crate::error::Result;
use crate::key::Key;

/// Where the check of one call goes; made by generated code.
#[derive(Debug)]
pub struct LimitedCall(Result<Check>);

/// Which limits and which key.
#[derive(Debug)]
pub(crate) struct Check {
    engine: Arc<RateEngine>,
    spec: RateSpec,
    key: Key,
}

impl LimitedCall {
    pub(crate) fn new(check: Result<Check>) -> Self {
        Self(check)
    }

    /// Takes so many units, and waits for them if it may.
    ///
    /// # Errors
    /// A denial, the backend's as declared, and that there is no Larder or no tenant.
    pub async fn check(self, cost: u64, max_wait: Option<Duration>) -> Result<()> {
        let Check { engine, spec, key } = self.0?;
        let decision = match max_wait {
            Some(max_wait) => engine.acquire(&spec, &key, cost, max_wait).await?,
            None => engine.check(&spec, &key, cost).await?,
        };
        decision.into_result().map(drop)
    }
}

impl Check {
    pub(crate) fn new(engine: Arc<RateEngine>, spec: RateSpec, key: Key) -> Self {
        Self { engine, spec, key }
    }
}
