//! One call of a cached function: which cache, which arguments; and then which key.

use super::declaration::Declaration;
use super::groups::Groups;
use super::local::Demand;
use super::stored::Stored;
use super::target::Target;
use crate::error::{Error, Result};
use crate::key::Arguments;

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
