//! A call before it is settled which Larder answers it, and what companions do with it.
//!
//! Some verbs need a value which can be stored. If it cannot be stored, the compiler says so at the function, once. The
//! companions would say it again, each in other words, so a draft is a probe too (see `cache::probe`): where the bound does
//! not hold they call a method that does nothing, in a program that does not compile.

use std::fmt;
use std::future::Future;
use std::ops::Deref;

use super::call;
use crate::cache::probe::{Absent, Cloning};
use crate::cache::shape::{CacheValue, Chosen, Shape};
use crate::cache::{
    self, Around, Asked, CacheOperation, CallDraft, Declaration, Entry, Failures, Given, Groups,
    IndexValues, InvalidationToken, Lists, Opening, Reload, Rule, Session, Ttl, ValueRules,
};
use crate::error::Result;
use crate::global::spawn_behind;
use crate::key::{Arguments, CacheKey, KeyWriter, Tag, TagWriter};

/// One call of a cached function: which cache, which arguments, which rules for its values.
pub struct Draft<V>(Unstorable<V>);

/// What [`Draft`] is for values that cannot be stored.
pub struct Unstorable<V> {
    call: CallDraft,
    rules: ValueRules<V>,
}

/// A call, whose arguments are to be written, of a cache whose absent values are told and whose copies are cloned by this.
#[inline]
pub fn draft<V>(spec: Declaration, absent: Absent<V>, cloning: Cloning<V>) -> Draft<V> {
    let arguments = Arguments::new();
    Draft(Unstorable {
        call: CallDraft {
            spec,
            arguments,
            groups: None,
        },
        rules: ValueRules::of_type(absent, cloning),
    })
}

/// How to tell an absent value where there is none.
pub fn never_absent<V>(_value: &V) -> bool {
    false
}

/// Answers from the cache, or by the body, which runs at most once, and not at all when there is a value.
#[inline]
pub fn cached<S, F>(
    _shape: Chosen<S>,
    failures: Failures<S::Error>,
    draft: Draft<S::Value>,
    body: F,
) -> impl Future<Output = S::Return>
where
    S: Shape<Value: CacheValue>,
    F: Future<Output = S::Return>,
{
    Around {
        session: session::<S>(draft, failures),
        body,
    }
}

/// What of a cached call knows nothing of its body.
#[inline]
fn session<S>(
    draft: Draft<S::Value>,
    failures: Failures<S::Error>,
) -> Session<S, impl Future<Output = Asked>>
where
    S: Shape<Value: CacheValue>,
{
    let Unstorable { call, rules } = draft.0;
    cache::cached(opening(call), (rules, failures))
}

/// The same, by a body that owns what it needs, and is made only if it is to run: if what is stored is to be refreshed, it runs behind
/// the call.
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
    let Unstorable { call, rules } = draft.0;
    let mut body = cache::never_twice(body);
    let policy = (rules, failures);
    cache::behind::<S>(opening(call), policy, &mut body, spawn_behind).await
}

impl<V> Draft<V> {
    /// Writes the arguments.
    #[inline]
    pub fn writer(&mut self) -> KeyWriter<'_> {
        self.0.call.arguments.writer()
    }

    /// How long a value lives.
    #[must_use]
    pub fn ttl_from(mut self, rule: fn(&V) -> Ttl) -> Self {
        self.0.rules.ttl_from = Some(Rule::Fixed(rule));
        self
    }

    /// Whether a loaded value is stored.
    #[must_use]
    pub fn store_if(mut self, rule: fn(&V) -> bool) -> Self {
        self.0.rules.store_if = Some(Rule::Fixed(rule));
        self
    }

    /// Under what a value is listed.
    #[must_use]
    pub fn lists(mut self, rule: fn(&V, &mut IndexValues)) -> Self {
        self.0.rules.lists = Some(Lists::Fixed(rule));
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
        self.0.call.groups.get_or_insert_default()
    }

    /// The entry of the Larder that is in use here.
    pub fn entry(self) -> Entry<V> {
        let Unstorable { call, rules } = self.0;
        Entry::new(self::call(&call), rules)
    }

    /// The key in the Larder that is in use here.
    pub fn key(self) -> Result<String> {
        call(&self.0.call).key()
    }

    /// Removes what is stored.
    pub fn invalidate(self) -> CacheOperation<InvalidationToken> {
        invalidate(self.0.call)
    }

    /// How long what is stored lives on.
    pub fn ttl(self) -> CacheOperation<Option<Ttl>> {
        ttl(self.0.call)
    }
}

impl<V: CacheValue> Draft<V> {
    /// The stored value.
    pub fn peek(self) -> CacheOperation<Option<V>> {
        let draft = self.0.call;
        CacheOperation::new("peek", async move {
            let call = call(&draft);
            let held = call.look().await?;
            call.read(held)
        })
    }

    /// Stores a value.
    pub fn put(self, value: &V) -> CacheOperation<()> {
        let Unstorable { call, rules } = self.0;
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
        let Unstorable { call, rules } = self.0;
        cache::refreshed::<S>(opening(call), (rules, failures)).around(body)
    }
}

impl<V> Unstorable<V> {
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

// What follows knows no types, so it is compiled here and not with each function.

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
fn opening(draft: CallDraft) -> Opening {
    Opening::Draft(draft, call)
}

impl<V> Deref for Draft<V> {
    type Target = Unstorable<V>;

    fn deref(&self) -> &Unstorable<V> {
        &self.0
    }
}

impl<V> fmt::Debug for Draft<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Draft").field(&self.0.call).finish()
    }
}

impl<V> fmt::Debug for Unstorable<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unstorable").field(&self.call).finish()
    }
}
