//! Where a call goes: which Larder, which key.

use std::ops::Deref;
use std::sync::Arc;

use tracing::level_filters::LevelFilter;

use super::engine::CacheEngine;
use super::groups::Groups;
use crate::key::Key;
use crate::metrics::Event;

/// Where a call goes. Shared: a call is handed on from place to place, and this is long.
#[derive(Debug, Clone)]
pub(crate) struct Target(Arc<Destination>);

/// What a [`Target`] is.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    pub(crate) engine: Arc<CacheEngine>,
    key: Key,
    pub(crate) namespace: &'static str,
    /// What the entry belongs to; nothing for most.
    pub(crate) groups: Option<Box<Groups>>,
}

impl Deref for Target {
    type Target = Destination;

    fn deref(&self) -> &Destination {
        &self.0
    }
}

impl Target {
    /// The entry with this key, which belongs to nothing yet.
    pub(crate) fn new(engine: &Arc<CacheEngine>, key: Key, namespace: &'static str) -> Self {
        Self(Arc::new(Destination {
            engine: Arc::clone(engine),
            key,
            namespace,
            groups: None,
        }))
    }

    /// The key of the entry.
    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// The entry belongs to these groups.
    pub(crate) fn join(&mut self, groups: Box<Groups>) {
        self.group(|own| *own = *groups);
    }

    /// The entry belongs to more than before.
    pub(super) fn group(&mut self, change: impl FnOnce(&mut Groups)) {
        let destination = Arc::make_mut(&mut self.0);
        let groups = destination.groups.get_or_insert_default();
        change(groups);
        groups.settle(&destination.key);
    }

    /// Counts what happened to the call, and says it in the call's span.
    pub(crate) fn note(&self, event: Event) {
        let metrics = self.engine.context().metrics();
        metrics.count(self.namespace, event);
        // To look for the span costs a hundred instructions, and mostly nobody listens.
        if LevelFilter::current() >= LevelFilter::DEBUG {
            tracing::Span::current().record("outcome", event.name());
        }
    }
}
