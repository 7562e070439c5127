//! One call of a cached function: which cache, which key.

use std::sync::Arc;

use super::engine::CacheEngine;
use super::spec::CacheSpec;
use crate::error::Result;
use crate::key::Key;
use crate::metrics::Event;

/// A declared cache and the key of one call; made by generated code.
#[derive(Debug, Clone)]
pub struct CacheCall {
    pub(crate) spec: CacheSpec,
    /// An error (no Larder, no tenant) waits here for the verb that needs the cache.
    pub(crate) target: Result<Target>,
}

/// Where a call goes.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) engine: Arc<CacheEngine>,
    pub(crate) key: Key,
    pub(crate) namespace: &'static str,
}

impl Target {
    /// Counts what happened to the call, and says it in the call's span.
    pub(crate) fn note(&self, event: Event) {
        let metrics = self.engine.context().metrics();
        metrics.count(self.namespace, event);
        tracing::Span::current().record("outcome", event.name());
    }
}

impl CacheCall {
    /// The call with this key, in this engine.
    pub(crate) fn new(spec: CacheSpec, target: Result<Target>) -> Self {
        Self { spec, target }
    }
}
