//! One call of a cached function: which cache, which key.

use std::sync::Arc;

use super::engine::CacheEngine;
use super::groups::Groups;
use super::spec::CacheSpec;
use crate::error::Result;
use crate::key::{CacheKey, Key, Tag, TagWriter};
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
    /// What the entry belongs to; nothing for most.
    pub(crate) groups: Option<Box<Groups>>,
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

    /// The function has indexes.
    #[must_use]
    pub fn indexed(mut self) -> Self {
        self.change_groups(|groups, _| groups.indexed());
        self
    }

    /// The entry is listed under this value of the index.
    #[must_use]
    pub fn index<K: CacheKey + ?Sized>(mut self, index: &'static str, value: &K) -> Self {
        self.change_groups(|groups, _| groups.list(index, value));
        self
    }

    /// The entry has the tag that `write` writes.
    #[must_use]
    pub fn tag(mut self, write: impl FnOnce(&mut TagWriter<'_>)) -> Self {
        self.change_groups(|groups, key| groups.tag(Tag::written(write), key));
        self
    }

    pub(crate) fn change_groups(&mut self, change: impl FnOnce(&mut Groups, &Key)) {
        if let Ok(target) = &mut self.target {
            let mut groups = target.groups.take().unwrap_or_default();
            change(&mut groups, &target.key);
            target.groups = Some(groups);
        }
    }
}
