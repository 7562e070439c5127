//! Batched calls whose body may outlive them: what is stale is answered at once, and refreshed
//! behind the caller, all of it by one body.

use std::sync::Arc;

use futures_util::future::join;
use tracing::Instrument;

use super::call::BatchCall;
use super::load::Batch;
use super::loading::Answers;
use super::one::{IdOf, PolicyOf, ValueOf};
use super::owned::OwnedBody;
use super::pairs::{BatchId, Kept, Pairs};
use super::refresh::Met;
use crate::cache::local::Demand;
use crate::cache::outlasting::Outlasting;
use crate::cache::owned::{Owned, Spawn};
use crate::cache::patience::Patience;
use crate::cache::shape::{CacheValue, Shape};
use crate::cache::span::span;
use crate::error::Result;
use crate::metrics::Event;

/// Answers from the cache, or by the body, as [`batched`](super::batched) does. What is to be
/// refreshed is answered all the same, and refreshed by a body in a task of its own. A body is made
/// only if one is to run. Where the caller waits for a load, it does for as long as is declared,
/// and the load goes on without it.
pub(crate) async fn batched_behind<S, T>(
    namespace: &'static str,
    call: impl FnOnce() -> BatchCall<IdOf<S>>,
    policy: impl Into<PolicyOf<S, T>>,
    body: &mut (dyn FnMut() -> OwnedBody<S, T> + Send),
    spawn: Spawn,
) -> S::Return
where
    S: Shape<Return: Send, Value: Pairs<Id: BatchId, Value: Send> + Send, Error: Send> + 'static,
    T: CacheValue + Kept<ValueOf<S>>,
{
    let policy = policy.into();
    let BatchCall {
        spec,
        ids,
        targets,
        demand,
    } = call().without_repetitions();
    let first = targets.as_ref().ok().and_then(|targets| targets.first());
    let context = first.map(|target| Arc::clone(target.engine.context()));
    let patience = policy.giving_up();
    let patience = patience.map(|it| it.begin(namespace, context));
    let answering = async {
        match &targets {
            // Nothing is asked for.
            Ok(targets) if targets.is_empty() => Ok(S::Value::from_pairs(std::iter::empty())),
            Ok(targets) => {
                let batch = Batch::<S, T>::begin(&spec, ids, targets, &policy);
                // Boxed: what it waits for would otherwise be a part of every caller's future.
                Box::pin(batch.run_behind(demand, body, patience.as_ref(), spawn)).await
            }
            Err(error) => match policy.rescue() {
                Some(rescue) => Err(rescue(error.clone())),
                None => S::split(body()(ids, Vec::new()).await),
            },
        }
    };
    let answering = answering.instrument(span("batched", namespace));
    let answered = Patience::wait(patience.as_ref(), answering).await;
    S::join(answered.unwrap_or_else(Err))
}

impl<S, T> Batch<'_, S, T>
where
    S: Shape<Return: Send, Value: Pairs<Id: BatchId, Value: Send> + Send, Error: Send> + 'static,
    T: CacheValue + Kept<ValueOf<S>>,
{
    /// The whole call.
    async fn run_behind(
        mut self,
        demand: Demand,
        body: &mut (dyn FnMut() -> OwnedBody<S, T> + Send),
        patience: Option<&Patience<S::Error>>,
        spawn: Spawn,
    ) -> Result<S::Value, S::Error> {
        self.find_out(demand).await?;
        let namespace = self.spec.namespace;
        let Some(soft) = self.spec.staleness.soft() else {
            self.refresh_behind(body, spawn);
            self.load_behind(body, patience, spawn).await?;
            return Ok(self.answer());
        };
        let Some((met, refresh)) = self.refresh_by(body) else {
            self.load_behind(body, patience, spawn).await?;
            return Ok(self.answer());
        };
        let clock = self.engine().context().clock();
        let end = clock.now() + soft;
        let refreshing = Outlasting::new(namespace, refresh, spawn);
        let loading = self.load_behind(body, patience, spawn);
        let (loaded, refreshed) = join(loading, clock.timeout_at(end, refreshing)).await;
        loaded?;
        let refreshed = refreshed.unwrap_or_else(|_too_late| {
            for (place, _) in &met {
                self.targets[*place].note(Event::LoadTimeout);
            }
            Vec::new()
        });
        self.take_refreshed(met, refreshed);
        Ok(self.answer())
    }

    /// The refresh of what is due, by a body of its own, and what the call has met. What fails
    /// stays as it was.
    fn refresh_by(
        &mut self,
        body: &mut (dyn FnMut() -> OwnedBody<S, T> + Send),
    ) -> Option<(Vec<Met>, Owned<Answers<T>>)> {
        let refresh = self.refresh()?;
        let (met, mut body, budget) = (refresh.met(), body(), self.call_budget());
        let refreshing = async move {
            let Some(refreshing) = refresh.begin(budget).await else {
                return Vec::new();
            };
            let body = body(refreshing.ids(), refreshing.reload());
            refreshing.run(body).await.unwrap_or_default()
        };
        Some((met, Box::pin(refreshing)))
    }

    /// Has what is due refreshed in a task of its own: the call is answered with what is stored.
    fn refresh_behind(&mut self, body: &mut (dyn FnMut() -> OwnedBody<S, T> + Send), spawn: Spawn) {
        let Some((met, refresh)) = self.refresh_by(body) else {
            return;
        };
        for (place, event) in met {
            self.targets[place].note(event);
        }
        let refreshing = async move { drop(refresh.await) };
        let within = span("refreshed", self.spec.namespace);
        spawn(Box::pin(refreshing.instrument(within)));
    }

    /// Loads what is this call's to load, and waits for what others load.
    async fn load_behind(
        &mut self,
        body: &mut (dyn FnMut() -> OwnedBody<S, T> + Send),
        patience: Option<&Patience<S::Error>>,
        spawn: Spawn,
    ) -> Result<(), S::Error> {
        let mut owned = None;
        loop {
            if let Some(loading) = self.load() {
                let body = owned.get_or_insert_with(&mut *body);
                let body = body(loading.ids(), Vec::new());
                // What nobody could read afterwards is not brought to its end.
                let outlasts = patience.is_some() && loading.stores();
                let load = loading.run(body);
                let loaded = if outlasts {
                    Outlasting::new(self.spec.namespace, Box::pin(load), spawn).await
                } else {
                    load.await
                };
                self.take(loaded?);
            }
            if self.is_done() {
                return Ok(());
            }
            self.wait().await?;
            self.refresh_behind(body, spawn);
        }
    }
}
