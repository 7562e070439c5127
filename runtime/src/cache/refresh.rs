//! Loading anew what may well be stored.

use std::future::Future;

use super::answer::Answering;
use super::call::{Errand, Opening};
use super::groups::Observed;
use super::index::Retired;
use super::lease::{Acquired, Digest, Grip};
use super::load::{Asked, past_the_cache, without_cache};
use super::place::{Place, Succession};
use super::policy::Policy;
use super::session::{Course, Session};
use super::shape::{CacheValue, Shape};
use super::stored::Stored;
use crate::backend::{Backend, Command, Reply};
use crate::codec::envelope;
use crate::context::{Budget, Question};
use crate::error::Result;

/// A call that runs its body whatever the cache holds and stores what it returns, unless the entry is invalidated or overwritten
/// meanwhile. A value that is there is read by other callers until then.
///
/// Which call it is, is asked when it begins. The call is a `tracing` span, `cache`, of the level DEBUG, whose `outcome` says in
/// the end what happened.
#[inline]
pub(crate) fn refreshed<S>(
    opening: Opening,
    policy: impl Into<Policy<S>>,
) -> Session<S, impl Future<Output = Asked>>
where
    S: Shape<Value: CacheValue>,
{
    Session::new(asking(opening), Answering::new(policy.into()))
}

/// The course of a call that refreshes. Knows no types, so it is compiled here and not with each function.
#[inline]
fn asking(opening: Opening) -> Course<impl Future<Output = Asked>> {
    Course::new("refreshed", opening.namespace(), ask(opening))
}

/// Finds out where the value is to go.
async fn ask(opening: Opening) -> Asked {
    let (spec, target, _) = opening.settle().into_parts();
    let target = match target {
        Ok(target) => target,
        Err(error) => return Asked::Lost(error),
    };
    if target.engine.pending().covers(&target) {
        return past_the_cache(&target);
    }
    let errand = Errand { spec, target };
    let (stored, engine) = (errand.stored(), &errand.target.engine);
    let clock = engine.context().clock();
    let mut budget = Budget::new(clock, errand.spec.budget.unwrap_or(engine.call_budget()));
    match find(&stored, &mut budget).await {
        Ok(place) => {
            let left = budget.left();
            Asked::Load(errand, place, left)
        }
        Err(error) => without_cache(&errand.target, error),
    }
}

async fn find(stored: &Stored<'_>, budget: &mut Budget<'_>) -> Result<Place> {
    let target = stored.target();
    let (spec, leases) = (stored.spec(), target.engine.leases());
    loop {
        let (held, observed) = look(stored, budget).await?;
        let superseded = match held {
            Some(bytes) if stored.is_readable(&bytes) && envelope::is_refreshable(&bytes) => {
                // Boxed: most functions never come by it.
                match Box::pin(supersede(stored, &bytes, budget)).await? {
                    Some(place) => return Ok(place),
                    // It has changed between the two questions: look again.
                    None => continue,
                }
            }
            Some(bytes) if stored.is_readable(&bytes) => {
                let between = leases.prepare(target.key(), spec.lease, observed);
                let old = Digest::of(&bytes);
                return Ok(Place::Value(Box::new(Succession { old, between })));
            }
            other => other,
        };
        let refused = superseded.as_deref().map(Digest::of);
        match leases
            .acquire(target, spec, refused.as_ref(), budget)
            .await?
        {
            Acquired::Lease(mut lease) => {
                let retired = superseded.and_then(|bytes| Retired::of(&bytes, target.key()));
                lease.retired.extend(retired);
                return Ok(Place::Lease(lease));
            }
            // It has changed between the two questions: look again.
            Acquired::Held { .. } => {}
        }
    }
}

/// Takes the lease of a refresh, from whoever has it.
async fn supersede(
    stored: &Stored<'_>,
    bytes: &[u8],
    budget: &mut Budget<'_>,
) -> Result<Option<Place>> {
    let (spec, target) = (stored.spec(), stored.target());
    let Some((of, _)) = envelope::belongings(bytes, target.key().as_bytes()) else {
        return Ok(None);
    };
    let leases = target.engine.leases();
    let lease = leases.renew(target, spec, of, Grip::FromAnybody, budget);
    let lease = lease.await?;
    Ok(lease.map(|lease| Place::Refresh(Box::new(lease))))
}

/// What the key holds, and what its groups are like, in one round trip.
async fn look(stored: &Stored<'_>, budget: &mut Budget<'_>) -> Result<(Option<Vec<u8>>, Observed)> {
    let target = stored.target();
    let context = target.engine.context();
    let get = Command::new("GET").arg(target.key());
    if target.groups.is_none() {
        let reply = budget.spend(async |call| context.backend().run(&get, &call).await);
        return Ok((reply.await?.into_bytes("GET")?, Observed::default()));
    }
    let mut questions = vec![Question::Command(get)];
    questions.extend(target.observing(stored.spec()));
    let mut replies = budget
        .spend(async |call| context.ask(&questions, &call).await)
        .await?;
    let observing = replies.split_off(1);
    let held = replies.pop().unwrap_or(Reply::Nil).checked("GET")?;
    Ok((held.into_bytes("GET")?, target.observed(observing)?))
}
