//! Calls that a copy in this process answers, before anything else of the call is made.
#![allow(
    clippy::unused_self,
    reason = "the look-up of a method is the question, as in `cache::probe`"
)]

use crate::cache::Declaration;
use crate::cache::local::{Form, LocalCopy, Nearby, Served};
use crate::cache::probe::{CloneLastResort, CloneProbe};
use crate::cache::shape::CacheValue;
use crate::global::with_nearby;
use crate::key::{BriefArguments, KeyWriter};
use crate::larder::Larder;
use crate::metrics::Event;

impl<V: CacheValue + Clone> CloneProbe<V> {
    /// A clone of the copy in this process, if there is one that answers the call of this cache
    /// with this key. Nothing is allocated but what the clone does.
    #[inline]
    pub fn local(&self, spec: &Declaration, key: impl FnOnce(&mut KeyWriter<'_>)) -> Option<V> {
        let mut arguments = BriefArguments::new();
        key(&mut arguments.writer());
        let mut answer = None;
        let of = (spec.namespace, spec.version, spec.form());
        serve_copy(&of, &mut arguments, &mut |copy| match copy.value::<V>() {
            Some(value) => {
                answer = Some(value.clone());
                Served::Yes
            }
            // What is encoded is for the longer way.
            None => Served::No,
        });
        answer
    }
}

impl<V> CloneLastResort<V> {
    /// Nothing, in a program that does not compile.
    pub fn local(&self, _spec: &Declaration, _key: impl FnOnce(&mut KeyWriter<'_>)) -> Option<V> {
        None
    }
}

/// Has the call answered by a copy in this process, if there is one. Knows no types, so it is
/// compiled here and not with each function. A span of its own says what became of a call that is
/// answered.
fn serve_copy(
    of: &(&'static str, u32, Form),
    arguments: &mut BriefArguments,
    serve: &mut dyn FnMut(&LocalCopy) -> Served,
) {
    let served = with_nearby(|nearby| match Larder::of_all() {
        Some(larder) => larder.serve_copy(nearby, of, arguments, serve),
        None => serve_in_scope(nearby, of, arguments, serve),
    });
    if served == Some(Served::Yes) && tracing::level_enabled!(tracing::Level::DEBUG) {
        tell(of.0);
    }
}

/// The same by whichever Larder the call has. Without one the longer way says so.
#[inline(never)]
fn serve_in_scope(
    nearby: &mut Nearby,
    of: &(&'static str, u32, Form),
    arguments: &mut BriefArguments,
    serve: &mut dyn FnMut(&LocalCopy) -> Served,
) -> Served {
    let served = Larder::with_current(|it| it.serve_copy(nearby, of, arguments, serve));
    served.unwrap_or(Served::No)
}

/// Says what became of the call.
#[cold]
fn tell(namespace: &'static str) {
    let (verb, outcome) = ("cached", Event::LocalHit.name());
    tracing::debug_span!(target: "larder", "cache", verb, namespace, outcome);
}
