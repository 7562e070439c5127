//! Batched calls by a body that is lent to them, and cannot outlive them: what is stale or due
//! early is refreshed within the call, beside what is missing.

use std::future::Future;

use futures_util::future::{OptionFuture, join};
use tracing::Instrument;

use super::call::BatchCall;
use super::load::Batch;
use super::one::{IdOf, PolicyOf, ValueOf};
use super::pairs::{BatchId, Kept, Pairs};
use crate::cache::local::Demand;
use crate::cache::shape::{CacheValue, Shape};
use crate::cache::span::span;
use crate::error::Result;

/// Answers from the cache, or by the body, which gets the ids that are missing: once as a rule, and
/// not at all when there are none. It runs once more only for ids that others were loading and did
/// not load after all; and for what is to be refreshed, beside the others.
///
/// Which call it is, is asked when it begins. The call is a `tracing` span, `cache`, of the level
/// DEBUG.
pub(crate) async fn batched<S, T, B, F>(
    call: impl FnOnce() -> BatchCall<IdOf<S>>,
    policy: impl Into<PolicyOf<S, T>>,
    body: B,
) -> S::Return
where
    S: Shape<Value: Pairs<Id: BatchId>>,
    T: CacheValue + Kept<ValueOf<S>>,
    B: Fn(Vec<IdOf<S>>) -> F,
    F: Future<Output = S::Return>,
{
    let policy = policy.into();
    let BatchCall {
        spec,
        ids,
        targets,
        demand,
    } = call().without_repetitions();
    match targets {
        // Nothing is asked for.
        Ok(targets) if targets.is_empty() => S::join(Ok(S::Value::from_pairs(std::iter::empty()))),
        Ok(targets) => {
            let span = span("batched", spec.namespace);
            let batch = Batch::<S, T>::begin(&spec, ids, &targets, &policy);
            S::join(batch.run(demand, body).instrument(span).await)
        }
        Err(error) => match policy.rescue() {
            Some(rescue) => S::join(Err(rescue(error))),
            None => body(ids).await,
        },
    }
}

impl<S, T> Batch<'_, S, T>
where
    S: Shape<Value: Pairs<Id: BatchId>>,
    T: CacheValue + Kept<ValueOf<S>>,
{
    /// The whole call. Only this knows the body.
    async fn run<B, F>(mut self, demand: Demand, body: B) -> Result<S::Value, S::Error>
    where
        B: Fn(Vec<IdOf<S>>) -> F,
        F: Future<Output = S::Return>,
    {
        self.find_out(demand).await?;
        loop {
            let (met, refreshing) = match self.refresh() {
                // Boxed, as its load is: only one call of many comes by it.
                Some(refresh) => (refresh.met(), Box::pin(self.begin_refresh(refresh)).await),
                None => (Vec::new(), None),
            };
            let load = self.load().map(|loading| {
                let body = body(loading.ids());
                loading.run(body)
            });
            // Not by the same run of the body: what is missing must not fail because what is there
            // cannot be loaded anew.
            let refresh = refreshing.map(|refreshing| {
                let body = body(refreshing.ids());
                Box::pin(refreshing.run(body))
            });
            let (load, refresh) = (OptionFuture::from(load), OptionFuture::from(refresh));
            let (loaded, refreshed) = join(load, refresh).await;
            self.take(loaded.transpose()?.unwrap_or_default());
            self.take_refreshed(met, refreshed.transpose()?.unwrap_or_default());
            if self.is_done() {
                return Ok(self.answer());
            }
            self.wait().await?;
        }
    }
}
