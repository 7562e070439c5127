//! Loading anew what may well be stored.

use super::call::{CacheCall, Errand};
use super::index::Retired;
use super::lease::{Acquired, Digest, Grip};
use super::load::{Asked, Departure, past_the_cache, without_cache};
use super::observed::Observed;
use super::place::{Place, Succession};
use super::stored::Stored;
use crate::backend::{Backend, Command, Reply};
use crate::codec::envelope;
use crate::context::{Budget, Question};
use crate::error::Result;

/// Sets out to load anew, whatever the cache holds. A value that is there is read by other callers
/// until the new one is stored.
pub(super) fn set_out(call: CacheCall) -> Departure {
    Departure::Asking(Box::pin(ask(call)))
}

/// Finds out where the value is to go.
async fn ask(call: CacheCall) -> Asked {
    let (spec, target, _) = call.into_parts();
    let target = match target {
        Ok(target) => target,
        Err(error) => return Asked::Lost(error),
    };
    if target.awaits_invalidation() {
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
    let context = target.engine.context();
    loop {
        let (held, observed) = look(stored, budget).await?;
        let is_good = match &held {
            Some(bytes) => is_good(stored, bytes, &observed, budget).await?,
            None => false,
        };
        let superseded = match held {
            Some(bytes) if is_good && envelope::is_refreshable(&bytes) => {
                // Boxed: most functions never come by it.
                match Box::pin(supersede(stored, &bytes, budget)).await? {
                    Some(place) => return Ok(place),
                    // It has changed between the two questions: look again.
                    None => continue,
                }
            }
            Some(bytes) if is_good => {
                let belongings = envelope::belongings(&bytes, target.key().as_bytes());
                if let Some((of, _)) = belongings {
                    // What takes its place is dated by the server's clock, and this process may not
                    // have heard of that yet.
                    budget
                        .spend(async |call| context.hear_server_time_by(&call).await)
                        .await?;
                    let between = leases.prepare(target.key(), spec.lease, observed);
                    let old = Digest::of(&bytes);
                    return Ok(Place::Value(Box::new(Succession { old, of, between })));
                }
                Some(bytes)
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

/// Whether it is what others read until then. What no caller is answered with is not kept for them:
/// it makes room for the lease of a load, which whoever changes the entry waits for.
async fn is_good(
    stored: &Stored<'_>,
    bytes: &[u8],
    observed: &Observed,
    budget: &mut Budget<'_>,
) -> Result<bool> {
    if !stored.is_readable(bytes) {
        return Ok(false);
    }
    let (target, glance) = (stored.target(), observed.glance());
    budget
        .spend(async |call| target.holds(bytes, Some(&glance), &call).await)
        .await
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
