//! Calls whose body may outlive them: a stale value is answered at once, and refreshed behind the
//! caller.

use std::future::Future;
use std::sync::Arc;

use tracing::Instrument;

use super::answer::{Answer, Answering};
use super::call::{CacheCall, Opening};
use super::due::Due;
use super::load::{Departure, Manner, Next, set_out};
use super::loading::Falling;
use super::outlasting::Outlasting;
use super::owned::{Owned, Spawn};
use super::patience::Patience;
use super::policy::Policy;
use super::previous::Reload;
use super::shape::{CacheValue, Shape};
use super::span::span;
use crate::codec::Codec;
use crate::metrics::Event;

/// Answers from the cache, or by the body. If what is stored is to be refreshed, it is answered all
/// the same, and the body runs in a task of its own; it is made only if it is to run. Where the
/// caller waits for a load, it does for as long as is declared, and the load goes on without it.
///
/// Which call it is, is asked when it begins. The call is a `tracing` span, `cache`, of the level
/// DEBUG, and so is a refresh behind it.
pub(crate) async fn behind<S>(
    opening: impl Opening,
    policy: impl Into<Policy<S>>,
    body: &mut (dyn FnMut(Reload<S::Value>) -> Owned<S::Return> + Send),
    spawn: Spawn,
) -> S::Return
where
    S: Shape<Return: Send, Value: CacheValue, Error: Send> + 'static,
{
    let namespace = opening.namespace();
    let answering = async {
        let (policy, call) = (policy.into(), opening.settle());
        let target = call.target().ok();
        let context = target.map(|target| Arc::clone(target.engine.context()));
        let patience = policy.giving_up();
        let patience = patience.map(|it| it.begin(namespace, context));
        let patience = patience.as_ref();
        let mut answering = Answering::<S>::new(policy);
        let beginning = begin(call, &mut answering);
        let answered = match Patience::wait(patience, beginning).await {
            Err(error) => Err(error),
            Ok(Next::Load(loading)) => {
                let body = body(loading.reload());
                let load = loading.run(answering, body);
                if patience.is_none() {
                    Ok(load.await)
                } else {
                    let load = Outlasting::new(namespace, Box::pin(load), spawn);
                    Patience::wait(patience, load).await
                }
            }
            Ok(next) => match (next, answering.take()) {
                // Boxed: only one call of many comes by it.
                (Next::Refresh(due), Some(Ok(old))) => {
                    let body = body(due.reload());
                    let policy = answering.into_policy();
                    Ok(Box::pin(refresh(due, old, policy, body, spawn)).await)
                }
                (Next::Answered, Some(outcome)) => Ok(S::join(outcome)),
                // What nobody could read afterwards is not brought to its end.
                _ => {
                    let body = body(Reload::new(Codec::MessagePack, None));
                    Patience::wait(patience, body).await
                }
            },
        };
        answered.unwrap_or_else(|error| S::join(Err(error)))
    };
    answering.instrument(span("cached", namespace)).await
}

/// Asks the cache, until it is known what comes next.
async fn begin<S>(call: CacheCall, answering: &mut Answering<S>) -> Next
where
    S: Shape<Return: Send, Value: CacheValue, Error: Send> + 'static,
{
    let mut asked = match set_out(call, answering.judge().copying()) {
        Departure::Asking(asking) => asking.await,
        Departure::Known(asked) => asked,
    };
    loop {
        match asked.take(answering, Manner::Behind) {
            Next::Ask(asking) => asked = asking.await,
            next => return next,
        }
    }
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

/// Has a value refreshed, and answers it; or what it is refreshed to, if the caller waits for that
/// and it comes in time.
async fn refresh<S>(
    due: Box<Due>,
    old: S::Value,
    policy: Policy<S>,
    body: Owned<S::Return>,
    spawn: Spawn,
) -> S::Return
where
    S: Shape<Return: Send, Value: CacheValue, Error: Send> + 'static,
{
    let (namespace, budget) = (due.errand.target.namespace, due.budget());
    let Some(soft) = due.errand.spec.staleness.soft() else {
        due.note_met();
        let refreshing = async move {
            if let Some(loading) = due.begin(budget).await {
                loading.run(Answering::<S>::new(policy), body).await;
            }
        };
        spawn(Box::pin(
            refreshing.instrument(span("refreshed", namespace)),
        ));
        return S::join(Ok(old));
    };
    let (met, errand) = (due.met, due.errand.clone());
    let target = &errand.target;
    let clock = target.engine.context().clock();
    let end = clock.now() + soft;
    // The caller waits no longer; what the load may spend when it goes on without it is its own,
    // and so is the time in which it gets its lease.
    let refreshing = async move {
        let mut loading = due.begin(budget).await?;
        // Answered in place of an error too: the old value is as good as it is without a wait.
        loading.fall(Falling::Back);
        let returned = loading.run(Answering::<S>::new(policy), body);
        Some(returned.await)
    };
    let mut refreshing = Outlasting::new(namespace, Box::pin(refreshing), spawn);
    match clock.timeout_at(end, &mut refreshing).await {
        Ok(Some(returned)) => return returned,
        // Another refreshes it.
        Ok(None) => {}
        Err(_too_late) => target.note(Event::LoadTimeout),
    }
    target.note(met);
    S::join(Ok(old))
}
