//! Calls whose body may outlive them: a stale value is answered at once, and refreshed behind the caller.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::Instrument;

use super::call::CacheCall;
use super::due::Due;
use super::load::{Manner, begin};
use super::outlasting::Outlasting;
use super::patience::Patience;
use super::policy::Policy;
use super::previous::Reload;
use super::session::{Begun, span};
use super::shape::{CacheValue, Shape};
use crate::codec::Codec;
use crate::metrics::Event;

/// A body that owns what it needs.
pub(crate) type Owned<R> = Pin<Box<dyn Future<Output = R> + Send>>;

/// Starts a task that has the Larder and the tenant of the one that starts it.
pub(crate) type Spawn = fn(Owned<()>);

/// A value to fall back upon, for whoever needs it first.
#[derive(Debug)]
pub(crate) struct Fallback<V>(Arc<Mutex<Option<V>>>);

impl<V> Fallback<V> {
    pub(crate) fn new(value: V) -> Self {
        Self(Arc::new(Mutex::new(Some(value))))
    }

    pub(crate) fn take(&self) -> Option<V> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<V> Clone for Fallback<V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Answers from the cache, or by the body. If what is stored is to be refreshed, it is answered all the same, and the body runs in a
/// task of its own; it is made only if it is to run. Where the caller waits for a load, it does for as long as is declared, and the load
/// goes on without it.
///
/// Which call it is, is asked when it begins. The call is a `tracing` span, `cache`, of the level DEBUG, and so is a refresh
/// behind it.
pub(crate) async fn behind<S>(
    namespace: &'static str,
    call: impl FnOnce() -> CacheCall,
    policy: impl Into<Policy<S>>,
    body: &mut (dyn FnMut(Reload<S::Value>) -> Owned<S::Return> + Send),
    spawn: Spawn,
) -> S::Return
where
    S: Shape<Return: Send, Value: CacheValue, Error: Send> + 'static,
{
    let answering = async {
        let (policy, call) = (policy.into(), call());
        let engine = call.target().ok().map(|target| Arc::clone(&target.engine));
        let patience = policy.giving_up().map(|it| it.begin(namespace, engine));
        let patience = patience.as_ref();
        let beginning = begin::<S>(|| call, policy, Manner::Behind);
        let answered = match Patience::wait(patience, beginning).await {
            Err(error) => Err(error),
            Ok(Begun::Answered(returned)) => Ok(returned),
            Ok(Begun::Run) => {
                // What nobody could read afterwards is not brought to its end.
                let body = body(Reload::new(Codec::MessagePack, None));
                Patience::wait(patience, body).await
            }
            Ok(Begun::Load(loading)) => {
                let body = body(loading.reload());
                let load = loading.run(body);
                if patience.is_none() {
                    Ok(load.await)
                } else {
                    let load = Outlasting::new(namespace, Box::pin(load), spawn);
                    Patience::wait(patience, load).await
                }
            }
            Ok(Begun::Refresh(old, due)) => {
                let body = body(due.reload());
                // Boxed: only one call of many comes by it.
                Ok(Box::pin(refresh(due, old, body, spawn)).await)
            }
        };
        answered.unwrap_or_else(|error| S::join(Err(error)))
    };
    answering.instrument(span("cached", namespace)).await
}

/// Makes a body when it is asked to. Nobody asks twice.
pub(crate) fn never_twice<V, R: 'static, F>(
    body: impl FnOnce(Reload<V>) -> F + Send,
) -> impl FnMut(Reload<V>) -> Owned<R> + Send
where
    F: Future<Output = R> + Send + 'static,
{
    let mut body = Some(body);
    move |reload| match body.take() {
        Some(body) => Box::pin(body(reload)),
        None => Box::pin(std::future::pending()),
    }
}

/// Has a value refreshed, and answers it; or what it is refreshed to, if the caller waits for that and it comes in time.
async fn refresh<S>(
    due: Box<Due<S>>,
    old: S::Value,
    body: Owned<S::Return>,
    spawn: Spawn,
) -> S::Return
where
    S: Shape<Return: Send, Value: CacheValue, Error: Send> + 'static,
{
    let (namespace, budget) = (due.target.namespace, due.budget());
    let Some(soft) = due.spec.staleness.soft() else {
        due.note_met();
        let refreshing = async move {
            if let Some(loading) = due.begin(budget).await {
                loading.run(body).await;
            }
        };
        spawn(Box::pin(
            refreshing.instrument(span("refreshed", namespace)),
        ));
        return S::join(Ok(old));
    };
    let (met, target) = (due.met, due.target.clone());
    let clock = target.engine.context().clock();
    let end = clock.now() + soft;
    let Some(loading) = due.begin(budget.min(soft)).await else {
        target.note(met);
        return S::join(Ok(old));
    };
    // Answered in place of an error too: the old value is as good as it is without a wait.
    let old = Fallback::new(old);
    let load = Box::pin(loading.or(old.clone()).run(body));
    let mut load = Outlasting::new(namespace, load, spawn);
    if let Ok(returned) = clock.timeout_at(end, &mut load).await {
        return returned;
    }
    match old.take() {
        Some(old) => {
            target.note(Event::LoadTimeout);
            target.note(met);
            S::join(Ok(old))
        }
        // It has just failed, and is about to answer the old value.
        None => load.await,
    }
}
