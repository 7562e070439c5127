//! Loading anew what may well be stored.

use std::future::Future;
use std::pin::Pin;

use super::call::{CacheCall, Target};
use super::lease::{Acquired, Digest, Filled, Lease};
use super::load::{record, settle, without_cache};
use super::policy::Policy;
use super::shape::{CacheValue, Shape};
use super::stored::{Provenance, Stored};
use super::written::Written;
use tracing::Instrument;

use crate::backend::{Backend, Command};
use crate::context::Budget;
use crate::error::Result;
use crate::metrics::Event;

/// Runs the body whatever the cache holds and stores what it returns, unless the entry is invalidated or overwritten meanwhile.
/// A value that is there is read by other callers until then.
///
/// The call is a `tracing` span, `cache`, of the level DEBUG, whose `outcome` says in the end what happened.
pub async fn refreshed<S, F>(call: CacheCall, policy: Policy<'_, S>, body: Pin<&mut F>) -> S::Return
where
    S: Shape<Value: CacheValue>,
    F: Future<Output = S::Return>,
{
    let span = call.span("refreshed");
    reload(call, policy, body).instrument(span).await
}

async fn reload<S, F>(call: CacheCall, policy: Policy<'_, S>, body: Pin<&mut F>) -> S::Return
where
    S: Shape<Value: CacheValue>,
    F: Future<Output = S::Return>,
{
    let CacheCall { spec, target } = call;
    let target = match target {
        Ok(target) => target,
        Err(error) => return without_cache(None, &policy, error, body).await,
    };
    let stored = Stored::new(&spec, &target);
    let clock = target.engine.context().clock();
    let mut budget = Budget::new(clock, spec.budget.unwrap_or(target.engine.call_budget()));
    let mut place = match Place::find(&stored, &mut budget).await {
        Ok(place) => place,
        Err(error) => return without_cache(Some(&target), &policy, error, body).await,
    };
    target.note(Event::Load);
    let began = clock.now();
    let returned = place.while_held(body).await;
    let provenance = Provenance {
        token: target.engine.leases().token_of(place.lease()),
        cost: clock.now().saturating_since(began),
    };
    let (written, outcome) = record(&stored, &policy, returned, provenance);
    match written {
        Ok(written) => {
            let filled = place.fill(&target, &written, &mut budget).await;
            settle(&target, &written, filled);
        }
        Err(event) => {
            target.note(event);
            place.leave(&mut budget).await;
        }
    }
    S::join(outcome)
}

/// What a refresh puts its value in the place of.
#[derive(Debug)]
enum Place {
    /// Nothing was there, or nothing that can be read, or another's load, which this one supersedes.
    Lease(Box<Lease>),
    /// This value.
    Value(Digest),
}

impl Place {
    async fn find(stored: &Stored<'_>, budget: &mut Budget<'_>) -> Result<Self> {
        let target = stored.target();
        let backend = target.engine.context().backend();
        let get = Command::new("GET").arg(&target.key);
        loop {
            let reply = budget
                .spend(async |call| backend.run(&get, &call).await)
                .await?;
            let superseded = match reply.into_bytes("GET")? {
                Some(bytes) if stored.is_readable(&bytes) => {
                    return Ok(Self::Value(Digest::of(&bytes)));
                }
                other => other.map(|bytes| Digest::of(&bytes)),
            };
            let life = stored.spec().lease;
            let leases = target.engine.leases();
            match leases
                .acquire(&target.key, life, superseded.as_ref(), budget)
                .await?
            {
                Acquired::Lease(lease) => return Ok(Self::Lease(lease)),
                // It has changed between the two questions: look again.
                Acquired::Held { .. } => {}
            }
        }
    }

    fn lease(&self) -> Option<&Lease> {
        match self {
            Self::Lease(lease) => Some(lease),
            Self::Value(_) => None,
        }
    }

    async fn while_held<F: Future>(&mut self, body: Pin<&mut F>) -> F::Output {
        match self {
            Self::Lease(lease) => lease.while_held(body).await,
            Self::Value(_) => body.await,
        }
    }

    async fn fill(
        self,
        target: &Target,
        written: &Written,
        budget: &mut Budget<'_>,
    ) -> Result<Filled> {
        match self {
            Self::Lease(mut lease) => lease.fill(written, budget).await,
            Self::Value(old) => {
                target
                    .engine
                    .leases()
                    .replace(&target.key, &old, written, budget)
                    .await
            }
        }
    }

    async fn leave(self, budget: &mut Budget<'_>) {
        if let Self::Lease(lease) = self {
            lease.release(budget).await;
        }
    }
}
