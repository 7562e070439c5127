//! A call before it is settled which Larder answers it, and what companions do with it.
//!
//! Some verbs need a value which can be stored. If it cannot be stored, the compiler says so at the
//! function, once. The companions would say it again, each in other words, so a draft is a probe
//! too (see `cache::probe`): where the bound does not hold they call a method that does nothing, in
//! a program that does not compile.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::ops::Deref;

use super::call;
use crate::cache::local::{CloneOut, Copying};
use crate::cache::probe::{Absent, Cloning};
use crate::cache::shape::{CacheValue, Chosen, Shape};
use crate::cache::{
    self, Around, AroundBody, CacheCall, CacheOperation, CallDraft, Declaration, Entry, Failures,
    Given, Groups, IndexValues, InvalidationToken, Judge, Opening, Reload, Rule, Session, Ttl,
    ValueRules, Verb,
};
use crate::error::Result;
use crate::global::spawn_behind;
use crate::key::{Arguments, CacheKey, KeyWriter, Tag, TagWriter};

/// One call of a cached function: which cache, which arguments, which rules for its values.
pub struct Draft<V>(Unstorable<V>);

/// What [`Draft`] is for values that cannot be stored.
pub struct Unstorable<V> {
    sketch: Sketch,
    clone_out: CloneOut<V>,
}

/// What of a draft knows no types, so that it is compiled here and not with each function.
struct Sketch {
    call: CallDraft,
    judge: Judge,
}

/// A call that begins as it was drafted.
struct Drafted(CallDraft);

/// A call that does this with the cache, or has its body answer.
#[inline]
pub fn cached<S>(
    verb: Verb,
    _shape: Chosen<S>,
    failures: Failures<S::Error>,
    draft: Draft<S::Value>,
) -> impl AroundBody<Return = S::Return>
where
    S: Shape<Value: CacheValue>,
{
    let Unstorable { sketch, clone_out } = draft.0;
    let Sketch { call, judge } = sketch;
    Session::<S, _>::declared(verb, Drafted(call), judge, clone_out, failures)
}

/// A call that is answered from the cache, or by its body, which runs at most once, and not at all
/// when there is a value. The body owns what it needs, and is made only if it is to run: if what is
/// stored is to be refreshed, it runs behind the call.
pub async fn behind<S, F>(
    _shape: Chosen<S>,
    draft: Draft<S::Value>,
    failures: Failures<S::Error>,
    body: impl FnOnce(Reload<S::Value>) -> F + Send,
) -> S::Return
where
    S: Shape<Return: Send, Value: CacheValue, Error: Send> + 'static,
    F: Future<Output = S::Return> + Send + 'static,
{
    let (call, rules) = draft.0.into_parts();
    let mut body = cache::never_twice(body);
    let policy = (rules, failures);
    cache::behind::<S>(Drafted(call), policy, &mut body, spawn_behind).await
}

impl<V> Draft<V> {
    /// A call with these arguments, of a cache with these values.
    #[inline]
    pub(super) fn new(
        absent: Absent<V>,
        cloning: Cloning<V>,
        arguments: &[&dyn CacheKey],
        spec: Declaration,
    ) -> Self {
        Self(Unstorable {
            sketch: Sketch::new(absent.tells, cloning.copying, arguments, spec),
            clone_out: cloning.clone_out,
        })
    }

    /// What the type of the value says, and its rules.
    #[cfg(test)]
    pub(super) fn judge(&self) -> &Judge {
        &self.0.sketch.judge
    }

    /// Writes the arguments.
    #[inline]
    pub fn writer(&mut self) -> KeyWriter<'_> {
        self.0.sketch.call.arguments.writer()
    }

    /// How long a value lives.
    #[must_use]
    pub fn ttl_from<F>(mut self, rule: F) -> Self
    where
        F: Fn(&V) -> Ttl + Clone + Send + Sync + 'static,
        V: 'static,
    {
        self.0.sketch.judge.ttl_from(Rule::fixed(rule));
        self
    }

    /// Whether a loaded value is stored.
    #[must_use]
    pub fn store_if<F>(mut self, rule: F) -> Self
    where
        F: Fn(&V) -> bool + Clone + Send + Sync + 'static,
        V: 'static,
    {
        self.0.sketch.judge.store_if(Rule::fixed(rule));
        self
    }

    /// Under what a value is listed.
    #[must_use]
    pub fn lists<F>(mut self, rule: F) -> Self
    where
        F: Fn(&V, &mut IndexValues) + Clone + Send + Sync + 'static,
        V: 'static,
    {
        self.0.sketch.judge.lists(Rule::fixed(move |value: &V| {
            let mut values = IndexValues::default();
            rule(value, &mut values);
            values
        }));
        self.groups().indexed();
        self
    }

    /// The entry is listed under this value of the index.
    #[must_use]
    pub fn index<K: CacheKey + ?Sized>(mut self, index: &'static str, value: &K) -> Self {
        self.groups().list(index, value);
        self
    }

    /// The entry has the tag that this writes.
    #[must_use]
    pub fn tag(mut self, write: impl FnOnce(&mut TagWriter<'_>)) -> Self {
        self.groups().tag(Tag::written(write));
        self
    }

    fn groups(&mut self) -> &mut Groups {
        self.0.sketch.call.groups.get_or_insert_default()
    }

    /// The entry of the Larder that is in use here.
    pub fn entry(self) -> Entry<V> {
        let (call, rules) = self.0.into_parts();
        Entry::new(self::call(&call), rules)
    }

    /// The key in the Larder that is in use here.
    pub fn key(self) -> Result<String> {
        call(&self.0.sketch.call).key()
    }

    /// Removes what is stored.
    pub fn invalidate(self) -> CacheOperation<InvalidationToken> {
        invalidate(self.0.sketch.call)
    }

    /// How long what is stored lives on.
    pub fn ttl(self) -> CacheOperation<Option<Ttl>> {
        ttl(self.0.sketch.call)
    }
}

impl<V: CacheValue> Draft<V> {
    /// The stored value.
    pub fn peek(self) -> CacheOperation<Option<V>> {
        let draft = self.0.sketch.call;
        CacheOperation::new("peek", async move {
            let call = call(&draft);
            let held = call.look().await?;
            call.read(held)
        })
    }

    /// Stores a value.
    pub fn put(self, value: &V) -> CacheOperation<()> {
        let (call, rules) = self.0.into_parts();
        let given = Given::new(&call.spec, &rules, value);
        put(call, given)
    }

    /// Runs the body and stores what it answers.
    pub fn refresh<S, F>(
        self,
        _shape: Chosen<S>,
        failures: Failures<S::Error>,
        body: F,
    ) -> impl Future<Output = S::Return>
    where
        S: Shape<Value = V>,
        F: Future<Output = S::Return>,
    {
        let (call, rules) = self.0.into_parts();
        let call = Session::<S, _>::new(Verb::Refreshed, Drafted(call), (rules, failures));
        Around { call, body }
    }
}

impl<V> Unstorable<V> {
    fn into_parts(self) -> (CallDraft, ValueRules<V>) {
        let Sketch { call, judge } = self.sketch;
        (call, ValueRules::of(judge, self.clone_out))
    }

    /// Nothing.
    pub fn peek(&self) -> CacheOperation<Option<V>> {
        CacheOperation::never("peek")
    }

    /// Nothing.
    pub fn put(&self, _value: &V) -> CacheOperation<()> {
        CacheOperation::never("put")
    }

    /// The body alone.
    pub fn refresh<S, F>(&self, _shape: Chosen<S>, _failures: Failures<S::Error>, body: F) -> F
    where
        S: Shape<Value = V>,
        F: Future<Output = S::Return>,
    {
        body
    }
}

impl Sketch {
    /// Inlined, so that with optimization it is known which arguments they are.
    #[inline]
    fn new(
        absent: Option<fn(&dyn Any) -> bool>,
        copying: Copying,
        given: &[&dyn CacheKey],
        spec: Declaration,
    ) -> Self {
        let mut sketch = Self {
            call: CallDraft {
                spec,
                arguments: Arguments::new(),
                groups: None,
            },
            judge: Judge::of_type(absent, copying),
        };
        // In its place: it is too large to be moved for nothing.
        let mut writer = sketch.call.arguments.writer();
        for argument in given {
            writer.arg(*argument);
        }
        sketch
    }
}

// What follows knows no types either.

fn invalidate(draft: CallDraft) -> CacheOperation<InvalidationToken> {
    CacheOperation::new("invalidate", async move { call(&draft).invalidate().await })
}

fn ttl(draft: CallDraft) -> CacheOperation<Option<Ttl>> {
    CacheOperation::new("ttl", async move { call(&draft).ttl().await })
}

fn put(draft: CallDraft, given: Given) -> CacheOperation<()> {
    CacheOperation::new("put", async move { call(&draft).put(given).await })
}

/// Which Larder answers is settled when the call begins.
impl Opening for Drafted {
    fn namespace(&self) -> &'static str {
        self.0.spec.namespace
    }

    fn settle(&self) -> CacheCall {
        call(&self.0)
    }
}

impl<V> Deref for Draft<V> {
    type Target = Unstorable<V>;

    fn deref(&self) -> &Unstorable<V> {
        &self.0
    }
}

impl<V> fmt::Debug for Draft<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Draft").field(&self.0.sketch.call).finish()
    }
}

impl<V> fmt::Debug for Unstorable<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unstorable")
            .field(&self.sketch.call)
            .finish()
    }
}
