//! Calls that a copy in this process answers, before anything else of the call is made.

use std::sync::Arc;

use crate::cache::CacheSpec;
use crate::cache::local::{Content, Form, LocalCopy};
use crate::cache::probe::{CloneLastResort, CloneProbe};
use crate::cache::shape::CacheValue;
use crate::key::{Arguments, KeyWriter};
use crate::larder::Larder;
use crate::metrics::Event;

impl<V: CacheValue + Clone> CloneProbe<V> {
    /// A clone of the copy in this process, if there is one that answers the call of this cache with this key. Nothing is
    /// allocated but what the clone does.
    #[inline]
    pub fn local(&self, spec: CacheSpec, key: impl FnOnce(&mut KeyWriter<'_>)) -> Option<V> {
        let mut arguments = Arguments::new();
        key(&mut arguments.writer());
        let copy = local_copy(spec.namespace, spec.version, spec.form(), &arguments)?;
        match copy.content::<V>()? {
            Content::Value(value) => {
                let value = value.clone();
                answered(spec.namespace, &copy);
                Some(value)
            }
            // These are for the longer way.
            Content::EncodedValue(_) | Content::EncodedError(_) => None,
        }
    }
}

impl<V> CloneLastResort<V> {
    /// Nothing, in a program that does not compile.
    pub fn local(&self, _spec: CacheSpec, _key: impl FnOnce(&mut KeyWriter<'_>)) -> Option<V> {
        None
    }
}

// What follows knows no types, so it is compiled here and not with each function.

/// The copy in this process that may answer the call.
fn local_copy(
    namespace: &'static str,
    version: u32,
    form: Form,
    arguments: &Arguments,
) -> Option<Arc<LocalCopy>> {
    let look = |larder: &Larder| larder.local_copy(namespace, version, form, arguments);
    Larder::with_current(look).ok().flatten()
}

/// Counts the call, and says in a span of its own what became of it.
fn answered(namespace: &'static str, copy: &LocalCopy) {
    copy.counters().count(Event::LocalHit);
    let (verb, outcome) = ("cached", Event::LocalHit.name());
    tracing::debug_span!(target: "larder", "cache", verb, namespace, outcome);
}
