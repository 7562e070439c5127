//! What `#[cached(batch)]` calls.
//!
//! Like a [`Draft`](super::Draft), a draft of a batch is a probe too: where values cannot be
//! stored, the companions call methods that do nothing, in a program that does not compile.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};

use crate::cache::local::InvalidationToken;
use crate::cache::probe::{Absent, Cloning};
use crate::cache::shape::{CacheValue, Chosen, Shape};
use crate::cache::{
    self, BatchCall, BatchDraft as Call, BatchId, CacheOperation, Declaration, Demand, Entries,
    Failures, Given, Groups, IdOf, IndexValues, Kept, OwnedBody, Pairs, Previous, Reload, Rule,
    Ttl, ValueOf, ValueRules,
};
use crate::error::Result;
use crate::global::{complain_once, spawn_behind};
use crate::key::{Arguments, CacheKey, KeyWriter, Tag, TagWriter};
use crate::larder::Larder;

/// One call of a batched function: which cache, which ids, which rules for its values.
pub struct BatchDraft<C: Pairs>(UnstorableBatch<C>);

/// What [`BatchDraft`] is for values that cannot be stored.
pub struct UnstorableBatch<C: Pairs> {
    call: Call<C::Id>,
    rules: ValueRules<Option<C::Value>>,
    /// Where arguments are written of ids that can be none.
    nowhere: Arguments,
}

/// What is stored for one id of a batched function: its value, or that it has none.
pub type Stored<C> = Option<<C as Pairs>::Value>;

/// What a batched function returns for one id.
pub type BatchValue<C> = <C as Pairs>::Value;

/// A call, to which so many ids are to be added, of a cache whose copies are cloned by this.
pub fn batch<C: Pairs>(
    spec: Declaration,
    cloning: Cloning<Option<C::Value>>,
    ids: usize,
) -> BatchDraft<C>
where
    C::Value: 'static,
{
    BatchDraft(UnstorableBatch {
        call: Call::new(spec, ids),
        rules: ValueRules::of_type(Absent::none(), cloning),
        nowhere: Arguments::new(),
    })
}

/// Answers from the cache, or by the body, which runs for the ids that are missing.
pub fn batched<S, B, F>(
    _shape: Chosen<S>,
    draft: BatchDraft<S::Value>,
    failures: Failures<S::Error>,
    body: B,
) -> impl Future<Output = S::Return>
where
    S: Shape<Value: Pairs<Id: BatchId>>,
    Stored<S::Value>: CacheValue + Kept<ValueOf<S>>,
    B: Fn(Vec<IdOf<S>>) -> F,
    F: Future<Output = S::Return>,
{
    let UnstorableBatch { call, rules, .. } = draft.0;
    cache::batched::<S, Stored<S::Value>, B, F>(move || settled(call), (rules, failures), body)
}

/// The same, by a body that owns what it needs, which is made only if one is to run: first what it
/// owns, and then each run of it.
pub async fn batched_behind<S, L, F>(
    _shape: Chosen<S>,
    draft: BatchDraft<S::Value>,
    failures: Failures<S::Error>,
    mut body: impl FnMut() -> L + Send,
) -> S::Return
where
    S: Shape<Return: Send, Value: Pairs<Id: BatchId, Value: Send> + Send, Error: Send> + 'static,
    Stored<S::Value>: CacheValue + Kept<ValueOf<S>>,
    L: FnMut(Vec<IdOf<S>>, ReloadMany<S::Value>) -> F + Send + 'static,
    F: Future<Output = S::Return> + Send + 'static,
{
    let UnstorableBatch { call, rules, .. } = draft.0;
    let namespace = call.spec.namespace;
    let mut body = move || -> OwnedBody<S, Stored<S::Value>> {
        let mut load = body();
        Box::new(move |ids, olds| Box::pin(load(ids, ReloadMany(olds))))
    };
    let policy = (rules, failures);
    let call = move || settled(call);
    cache::batched_behind::<S, _>(namespace, call, policy, &mut body, spawn_behind).await
}

/// What a run of a body is told: whether it refreshes values that are stored, and which.
pub struct ReloadMany<C: Pairs>(Vec<(C::Id, Reload<Stored<C>>)>);

impl<C: Pairs<Id: BatchId>> ReloadMany<C>
where
    Stored<C>: CacheValue,
{
    /// The values that are to be replaced; `None` if what is asked for is not stored.
    pub fn previous(self) -> Option<HashMap<C::Id, Previous<C::Value>>> {
        let olds = self.0;
        let old =
            |(id, reload): (C::Id, Reload<Stored<C>>)| Some((id, reload.previous()?.present()?));
        (!olds.is_empty()).then(|| olds.into_iter().filter_map(old).collect())
    }
}

impl<C: Pairs<Id: BatchId>> BatchDraft<C> {
    /// One id more, whose arguments are to be written.
    pub fn writer(&mut self, id: &C::Id) -> KeyWriter<'_> {
        self.0.call.id(id.clone())
    }
}

impl<C: Pairs> BatchDraft<C> {
    /// The groups of the id that came last.
    pub fn groups(&mut self) -> BatchGroups<'_> {
        BatchGroups(self.0.call.groups())
    }

    /// How long a value lives.
    #[must_use]
    pub fn ttl_from<F>(mut self, rule: F) -> Self
    where
        F: Fn(&Option<C::Value>) -> Ttl + Clone + Send + Sync + 'static,
        C::Value: 'static,
    {
        self.0.rules.judge_mut().ttl_from(Rule::fixed(rule));
        self
    }

    /// Whether a loaded value is stored.
    #[must_use]
    pub fn store_if<F>(mut self, rule: F) -> Self
    where
        F: Fn(&Option<C::Value>) -> bool + Clone + Send + Sync + 'static,
        C::Value: 'static,
    {
        self.0.rules.judge_mut().store_if(Rule::fixed(rule));
        self
    }

    /// Under what a value is listed.
    #[must_use]
    pub fn lists<F>(mut self, rule: F) -> Self
    where
        F: Fn(&Option<C::Value>, &mut IndexValues) + Clone + Send + Sync + 'static,
        C::Value: 'static,
    {
        self.0
            .rules
            .judge_mut()
            .lists(Rule::fixed(move |value: &Option<C::Value>| {
                let mut values = IndexValues::default();
                rule(value, &mut values);
                values
            }));
        self.0.call.all_groups().for_each(Groups::indexed);
        self
    }

    /// The entries in the Larder that is in use here.
    pub fn entries(self) -> Entries<C> {
        let UnstorableBatch { call, rules, .. } = self.0;
        Entries::new(settled(call), rules)
    }

    /// The keys in the Larder that is in use here.
    pub fn keys(self) -> Result<Vec<String>> {
        settled(self.0.call).keys()
    }
}

impl<C: Pairs<Id: Send + 'static>> BatchDraft<C> {
    /// Removes what is stored.
    pub fn invalidate(self) -> CacheOperation<InvalidationToken> {
        let draft = self.0.call;
        CacheOperation::new("invalidate", async move {
            settled(draft.without_ids()).invalidate().await
        })
    }
}

impl<C> BatchDraft<C>
where
    C: Pairs<Id: BatchId> + 'static,
    Stored<C>: CacheValue,
{
    /// The stored values.
    pub fn peek(self) -> CacheOperation<C> {
        let draft = self.0.call;
        CacheOperation::new("peek", async move {
            let (ids, call) = settled(draft).without_repetitions().apart();
            let kept = call.peek::<Stored<C>>().await?;
            let pairs = ids.into_iter().zip(kept);
            Ok(C::from_pairs(
                pairs.filter_map(|(id, kept)| Some((id, kept??))),
            ))
        })
    }

    /// Stores these values, one for each id.
    pub fn put(self, values: Vec<C::Value>) -> CacheOperation<()> {
        let UnstorableBatch {
            call: draft, rules, ..
        } = self.0;
        let given = |value| Given::new(&draft.spec, &rules, &Some(value));
        let given: Vec<_> = values.into_iter().map(given).collect();
        let draft = draft.without_ids();
        CacheOperation::new("put", async move { settled(draft).put(given).await })
    }
}

impl<C: Pairs> UnstorableBatch<C> {
    /// Nothing that anybody reads.
    pub fn writer(&mut self, _id: &C::Id) -> KeyWriter<'_> {
        self.nowhere.writer()
    }

    /// Nothing.
    pub fn peek(&self) -> CacheOperation<C> {
        CacheOperation::never("peek")
    }

    /// Nothing.
    pub fn put(&self, _values: Vec<C::Value>) -> CacheOperation<()> {
        CacheOperation::never("put")
    }
}

/// What the entry of one id belongs to.
pub struct BatchGroups<'draft>(Option<&'draft mut Groups>);

impl BatchGroups<'_> {
    /// The entry is listed under this value of the index.
    #[must_use]
    pub fn index<K: CacheKey + ?Sized>(mut self, index: &'static str, value: &K) -> Self {
        if let Some(groups) = &mut self.0 {
            groups.list(index, value);
        }
        self
    }

    /// The entry has the tag that this writes.
    #[must_use]
    pub fn tag(mut self, write: impl FnOnce(&mut TagWriter<'_>)) -> Self {
        if let Some(groups) = &mut self.0 {
            groups.tag(Tag::written(write));
        }
        self
    }
}

/// What the body of a batched function takes beside the ids.
#[diagnostic::on_unimplemented(
    message = "the body of a batched function may run more than once, and `{Self}` can be given to it only once",
    label = "this must be `Clone`",
    note = "the body runs again for ids that another call was loading and did not load",
    note = "take a reference, an `Arc`, or derive `Clone` for it"
)]
pub trait Again: Sized {
    /// The same once more.
    fn again(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Clone> Again for T {
    fn again(&self) -> Self {
        self.clone()
    }
}

/// An argument for one more run of the body.
pub fn again<T: Again>(argument: &T) -> T {
    argument.again()
}

/// The ids of some pairs, and their values in the same order.
pub fn unzip<C: Pairs>(pairs: C) -> (Vec<C::Id>, Vec<C::Value>) {
    pairs.into_pairs().unzip()
}

/// Asks a rule about a value, which is there.
pub fn of_present<V, Answer>(
    kept: &Option<V>,
    rule: impl Fn(&V) -> Answer,
    absent: Answer,
) -> Answer {
    kept.as_ref().map_or(absent, rule)
}

/// The call in the Larder that is in use here. It never fails: an error waits for the verb that
/// needs the cache.
fn settled<K>(draft: Call<K>) -> BatchCall<K> {
    let found = Larder::with_current(|larder| (larder.targets(&draft), larder.demand()));
    let (targets, demand) = found.unwrap_or_else(|error| (Err(error), Demand::default()));
    if let Err(error) = &targets {
        complain_once(error);
    }
    draft.at(targets, demand)
}

impl<C: Pairs> Deref for BatchDraft<C> {
    type Target = UnstorableBatch<C>;

    fn deref(&self) -> &UnstorableBatch<C> {
        &self.0
    }
}

impl<C: Pairs> DerefMut for BatchDraft<C> {
    fn deref_mut(&mut self) -> &mut UnstorableBatch<C> {
        &mut self.0
    }
}

impl<C: Pairs> fmt::Debug for BatchDraft<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BatchDraft").field(&self.0).finish()
    }
}

impl<C: Pairs> fmt::Debug for UnstorableBatch<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spec = &self.call.spec;
        f.debug_tuple("UnstorableBatch").field(spec).finish()
    }
}

impl<C: Pairs> fmt::Debug for ReloadMany<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReloadMany").field(&self.0.len()).finish()
    }
}

impl fmt::Debug for BatchGroups<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BatchGroups").field(&self.0).finish()
    }
}
