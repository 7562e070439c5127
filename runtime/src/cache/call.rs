//! One call of a cached function: which cache, which arguments; and then which key.

use std::ops::Deref;
use std::sync::Arc;

use tracing::level_filters::LevelFilter;

use super::declaration::Declaration;
use super::engine::CacheEngine;
use super::groups::Groups;
use super::local::Demand;
use super::stored::Stored;
use crate::error::{Error, Result};
use crate::key::{Arguments, Key};
use crate::metrics::Event;

/// A declared cache and the arguments of one call. Which Larder answers it is not settled yet.
#[derive(Debug, Clone)]
pub(crate) struct CallDraft {
    pub(crate) spec: Declaration,
    pub(crate) arguments: Arguments,
    /// What the entry belongs to; nothing for most.
    pub(crate) groups: Option<Box<Groups>>,
}

/// A declared cache and the key of one call.
#[derive(Debug, Clone)]
pub(crate) struct CacheCall {
    pub(crate) spec: Declaration,
    /// An error (no Larder, no tenant) waits here for the verb that needs the cache.
    target: Result<Target>,
    /// What it asks of copies in this process.
    demand: Demand,
}

/// Says which call it is: it is asked when the call begins, and not before.
pub(crate) trait Opening {
    /// Which cache it is about.
    fn namespace(&self) -> &'static str;

    /// The call: it begins now.
    fn settle(&self) -> CacheCall;
}

/// What a call is about, once it is known where it goes. It is handed on from whoever is at it to
/// who comes next.
#[derive(Debug, Clone)]
pub(crate) struct Errand {
    pub(crate) spec: Declaration,
    pub(crate) target: Target,
}

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

impl CacheCall {
    /// The call that goes there.
    pub(crate) fn new(spec: Declaration, target: Result<Target>, demand: Demand) -> Self {
        Self {
            spec,
            target,
            demand,
        }
    }

    /// The entry belongs to more than before.
    pub(crate) fn group(&mut self, change: impl FnOnce(&mut Groups)) {
        if let Ok(target) = &mut self.target {
            target.group(change);
        }
    }

    /// Where it goes; an error if it can go nowhere.
    pub(crate) fn target(&self) -> Result<&Target> {
        self.target.as_ref().map_err(Error::clone)
    }

    /// What it asks of copies.
    pub(crate) fn demand(&self) -> Demand {
        self.demand
    }

    /// The declaration, where the call goes, and what it asks of copies.
    pub(crate) fn into_parts(self) -> (Declaration, Result<Target>, Demand) {
        (self.spec, self.target, self.demand)
    }
}

/// It is settled already.
impl Opening for CacheCall {
    fn namespace(&self) -> &'static str {
        self.spec.namespace
    }

    fn settle(&self) -> CacheCall {
        self.clone()
    }
}

impl Errand {
    /// The reader and writer of its key.
    pub(crate) fn stored(&self) -> Stored<'_> {
        Stored::new(&self.spec, &self.target)
    }
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
    fn group(&mut self, change: impl FnOnce(&mut Groups)) {
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
