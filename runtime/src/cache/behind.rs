//! Calls whose body may outlive them: a stale value is answered at once, and refreshed behind the caller.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::Instrument;

use super::call::CacheCall;
use super::due::Due;
use super::load::{Manner, begin};
use super::policy::Policy;
use super::previous::Reload;
use super::session::{Begun, span};
use super::shape::{CacheValue, Shape};
use crate::codec::Codec;

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
/// task of its own; it is made only if it is to run.
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
        match begin::<S>(call, policy, Manner::Behind).await {
            Begun::Answered(returned) => returned,
            Begun::Run => body(Reload::new(Codec::MessagePack, None)).await,
            Begun::Load(loading) => {
                let body = body(loading.reload());
                loading.run(body).await
            }
            Begun::Refresh(returned, due) => {
                let body = body(due.reload());
                let refreshing = refresh(due, body);
                spawn(Box::pin(
                    refreshing.instrument(span("refreshed", namespace)),
                ));
                returned
            }
        }
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

/// Refreshes a value that nobody waits for.
async fn refresh<S>(due: Box<Due<S>>, body: Owned<S::Return>)
where
    S: Shape<Value: CacheValue>,
{
    let budget = due.budget();
    if let Some(loading) = due.begin(budget).await {
        loading.run(body).await;
    }
}
