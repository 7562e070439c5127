//! Loading anew what may well be stored.

use std::future::Future;

use super::call::CacheCall;
use super::lease::{Acquired, Digest};
use super::load::without_cache;
use super::loading::Loading;
use super::place::Place;
use super::policy::Policy;
use super::session::{Begun, Course};
use super::shape::{CacheValue, Shape};
use super::stored::Stored;
use crate::backend::{Backend, Command};
use crate::context::Budget;
use crate::error::Result;

/// Runs the body whatever the cache holds and stores what it returns, unless the entry is invalidated or overwritten meanwhile.
/// A value that is there is read by other callers until then.
///
/// Which call it is, is asked when it begins. The call is a `tracing` span, `cache`, of the level DEBUG, whose `outcome` says in
/// the end what happened.
pub(crate) fn refreshed<S>(
    namespace: &'static str,
    call: impl FnOnce() -> CacheCall,
    policy: impl Into<Policy<S>>,
) -> Course<S, impl Future<Output = Begun<S>>>
where
    S: Shape<Value: CacheValue>,
{
    Course::new("refreshed", namespace, begin(call, policy))
}

/// Finds out where the value is to go.
async fn begin<S>(call: impl FnOnce() -> CacheCall, policy: impl Into<Policy<S>>) -> Begun<S>
where
    S: Shape<Value: CacheValue>,
{
    let policy = policy.into();
    let (spec, target, _) = call().into_parts();
    let target = match target {
        Ok(target) => target,
        Err(error) => return without_cache(None, &policy, error),
    };
    let stored = Stored::new(&spec, &target);
    let clock = target.engine.context().clock();
    let mut budget = Budget::new(clock, spec.budget.unwrap_or(target.engine.call_budget()));
    match find(&stored, &mut budget).await {
        Ok(place) => {
            let left = budget.left();
            Begun::Load(Loading::begin(spec, target, policy, place, left))
        }
        Err(error) => without_cache(Some(&target), &policy, error),
    }
}

async fn find(stored: &Stored<'_>, budget: &mut Budget<'_>) -> Result<Place> {
    let target = stored.target();
    let backend = target.engine.context().backend();
    let get = Command::new("GET").arg(&target.key);
    loop {
        let reply = budget
            .spend(async |call| backend.run(&get, &call).await)
            .await?;
        let superseded = match reply.into_bytes("GET")? {
            Some(bytes) if stored.is_readable(&bytes) => {
                return Ok(Place::Value(Digest::of(&bytes)));
            }
            other => other.map(|bytes| Digest::of(&bytes)),
        };
        let life = stored.spec().lease;
        let leases = target.engine.leases();
        match leases
            .acquire(&target.key, life, superseded.as_ref(), budget)
            .await?
        {
            Acquired::Lease(lease) => return Ok(Place::Lease(lease)),
            // It has changed between the two questions: look again.
            Acquired::Held { .. } => {}
        }
    }
}
