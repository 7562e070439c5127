//! What a value decides, for those who do not know its type.

use std::any::Any;
use std::fmt;

use super::rule::Rule;
use crate::cache::index::IndexValues;
use crate::cache::local::Copying;
use crate::cache::presence::Presence;
use crate::cache::spec::CacheSpec;
use crate::cache::ttl::Ttl;
use crate::key::IndexValue;

/// Judges values: whether there is one, how long it lives, under what it is listed, whether it can
/// be copied.
#[derive(Clone)]
pub(crate) struct Judge {
    /// How to tell an absent value, which is stored only with a `none_ttl`; nothing if there is no
    /// such value.
    pub(super) absent: Option<fn(&dyn Any) -> bool>,
    /// How long a value lives; the spec's TTL is the ceiling.
    ttl_from: Option<Rule<Ttl>>,
    /// Whether a loaded value is stored.
    store_if: Option<Rule<bool>>,
    /// Under what a value is listed.
    lists: Option<Rule<IndexValues>>,
    /// How copies of it are made in this process.
    pub(super) copying: Copying,
}

impl Judge {
    /// What the type of a value says, and no rules.
    pub(crate) const fn of_type(absent: Option<fn(&dyn Any) -> bool>, copying: Copying) -> Self {
        Self {
            absent,
            ttl_from: None,
            store_if: None,
            lists: None,
            copying,
        }
    }

    /// How long a value lives.
    pub(crate) fn ttl_from(&mut self, rule: Rule<Ttl>) {
        self.ttl_from = Some(rule);
    }

    /// Whether a loaded value is stored.
    pub(crate) fn store_if(&mut self, rule: Rule<bool>) {
        self.store_if = Some(rule);
    }

    /// Under what a value is listed.
    pub(crate) fn lists(&mut self, rule: Rule<IndexValues>) {
        self.lists = Some(rule);
    }

    /// Under what a value is listed so far: whoever adds to it asks it too.
    pub(crate) fn take_lists(&mut self) -> Option<Rule<IndexValues>> {
        self.lists.take()
    }

    /// How copies of a value are made in this process.
    pub(crate) fn copying(&self) -> Copying {
        self.copying
    }

    /// Under what this value is listed.
    pub(crate) fn listed(&self, value: &dyn Any) -> Vec<IndexValue> {
        let listed = self.lists.as_ref().and_then(|lists| lists.ask(value));
        listed.map(IndexValues::into_found).unwrap_or_default()
    }

    /// Whether this value says that there is none, and is remembered as such.
    pub(crate) fn presence(&self, spec: &CacheSpec, value: &dyn Any) -> Presence {
        if spec.none_ttl.is_some() && self.is_absent(value) {
            Presence::Absent
        } else {
            Presence::Present
        }
    }

    /// How long to store a value that was loaded, before jitter; `None` if it is not to be stored.
    pub(crate) fn ttl_of_loaded(&self, spec: &CacheSpec, value: &dyn Any) -> Option<Ttl> {
        if let Some(store_if) = &self.store_if
            && let Some(false) = store_if.ask(value)
        {
            return None;
        }
        if self.is_absent(value) {
            return spec.none_ttl;
        }
        Some(self.ttl_of_present(spec, value))
    }

    /// How long to store a value that is put, before jitter: whoever puts it wants it stored.
    pub(crate) fn ttl_of_put(&self, spec: &CacheSpec, value: &dyn Any) -> Ttl {
        match spec.none_ttl {
            Some(ttl) if self.is_absent(value) => ttl,
            _ => self.ttl_of_present(spec, value),
        }
    }

    fn ttl_of_present(&self, spec: &CacheSpec, value: &dyn Any) -> Ttl {
        let ttl = self.ttl_from.as_ref().and_then(|rule| rule.ask(value));
        ttl.map_or(spec.ttl, |ttl| ttl.min(spec.ttl))
    }

    fn is_absent(&self, value: &dyn Any) -> bool {
        self.absent.is_some_and(|is_absent| is_absent(value))
    }
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judge")
            .field("ttl_from", &self.ttl_from.is_some())
            .field("store_if", &self.store_if.is_some())
            .field("lists", &self.lists.is_some())
            .finish_non_exhaustive()
    }
}
