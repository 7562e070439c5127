//! One call of a cached function: which cache, which arguments; and then which key.

use std::sync::Arc;

use super::engine::CacheEngine;
use super::local::Demand;
use super::spec::CacheSpec;
use crate::error::{Error, Result};
use crate::key::{Arguments, Key};
use crate::metrics::Event;

/// A declared cache and the arguments of one call. Which Larder answers it is not settled yet.
#[derive(Debug, Clone)]
pub(crate) struct CallDraft {
    pub(crate) spec: CacheSpec,
    pub(crate) arguments: Arguments,
}

/// A declared cache and the key of one call.
#[derive(Debug, Clone)]
pub(crate) struct CacheCall {
    pub(crate) spec: CacheSpec,
    /// An error (no Larder, no tenant) waits here for the verb that needs the cache.
    target: Result<Target>,
    /// What it asks of copies in this process.
    demand: Demand,
}

/// Where a call goes.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) engine: Arc<CacheEngine>,
    pub(crate) key: Key,
    pub(crate) namespace: &'static str,
}

impl CacheCall {
    /// The call that goes there.
    pub(crate) fn new(spec: CacheSpec, target: Result<Target>, demand: Demand) -> Self {
        Self {
            spec,
            target,
            demand,
        }
    }

    /// Where it goes; an error if it can go nowhere.
    pub(crate) fn target(&self) -> Result<&Target> {
        self.target.as_ref().map_err(Error::clone)
    }

    /// The declaration, where the call goes, and what it asks of copies.
    pub(crate) fn into_parts(self) -> (CacheSpec, Result<Target>, Demand) {
        (self.spec, self.target, self.demand)
    }
}

impl Target {
    /// Counts what happened to the call, and says it in the call's span.
    pub(crate) fn note(&self, event: Event) {
        let metrics = self.engine.context().metrics();
        metrics.count(self.namespace, event);
        tracing::Span::current().record("outcome", event.name());
    }
}
