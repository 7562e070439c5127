//! A cached call, from its key to its return.

use std::future::Future;
use std::time::Duration;

use super::behind::Fallback;
use super::call::{CacheCall, Target};
use super::copies::Copies;
use super::due::Due;
use super::idle::prolong;
use super::loading::Loading;
use super::outcome::Outcome;
use super::pending::ensure;
use super::place::Place;
use super::policy::Policy;
use super::previous::Old;
use super::refreshes::Refreshing;
use super::session::{Begun, Course};
use super::shape::{CacheValue, Shape};
use super::staleness::Age;
use super::stored::{Found, Stored};
use super::turn::{Foreseen, Request, Turn};
use crate::error::{Error, ErrorKind, Result};
use crate::metrics::Event;

/// Answers from the cache, or by the body, which runs at most once, and not at all when there is a value.
///
/// Which call it is, is asked when it begins. The call is a `tracing` span, `cache`, of the level DEBUG, whose `outcome` says in the end what happened.
pub(crate) fn cached<S>(
    namespace: &'static str,
    call: impl FnOnce() -> CacheCall,
    policy: impl Into<Policy<S>>,
) -> Course<S, impl Future<Output = Begun<S>>>
where
    S: Shape<Value: CacheValue>,
{
    Course::new("cached", namespace, begin(call, policy, Manner::Within))
}

/// Whether a load may outlive its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// It runs within the call.
    Within,
    /// It may run behind the call.
    Behind,
}

/// Asks the cache.
pub(super) async fn begin<S>(
    call: impl FnOnce() -> CacheCall,
    policy: impl Into<Policy<S>>,
    manner: Manner,
) -> Begun<S>
where
    S: Shape<Value: CacheValue>,
{
    let policy = policy.into();
    let (spec, target, demand) = call().into_parts();
    let target = match target {
        Ok(target) => target,
        Err(error) => return without_cache(None, &policy, error),
    };
    if target.engine.pending().covers(&target) {
        return past_the_cache(&target, &policy);
    }
    let stored = Stored::new(&spec, &target);
    let copies = Copies::new(&stored, &policy);
    if let Some(outcome) = copies.find(demand) {
        return Begun::Answered(S::join(outcome));
    }
    let mut request = Request::new(&spec, &target, copies.keeping());
    loop {
        let turn = request.turn().await;
        if !matches!(turn, Turn::Degraded(_)) {
            target.engine.context().degradation().answered();
        }
        match turn {
            Turn::Hit(read, foreseen) => match stored.read(&policy, &read.bytes) {
                Ok(found) => {
                    let age = stored.age(&found);
                    if age == Age::Expired {
                        target.note(Event::Expired);
                        request.refuse(&read.bytes);
                        continue;
                    }
                    copies.keep(&read, &found);
                    prolong(&stored, &found);
                    if foreseen == Foreseen::No {
                        target
                            .engine
                            .foresight()
                            .saw(&target.key, stored.lives(&found));
                    }
                    let Some(refreshing) = to_be_refreshed(&stored, &found, age) else {
                        target.note(met(&found.outcome, age));
                        return Begun::Answered(S::join(found.outcome));
                    };
                    let of = found.header.token;
                    let left = request.budget.left();
                    let old = Old::new(read.bytes);
                    let met = met(&found.outcome, age);
                    let due = Due {
                        spec,
                        target,
                        policy,
                        of,
                        old,
                        met,
                        refreshing,
                    };
                    // Boxed: only one call of many comes by it.
                    return Box::pin(refresh(Box::new(due), found.outcome, age, left, manner))
                        .await;
                }
                Err(event) => {
                    target.note(event);
                    request.refuse(&read.bytes);
                }
            },
            Turn::Lead(leader) => {
                let left = request.budget.left();
                let place = Place::Flight(leader);
                return Begun::Load(Loading::begin(spec, target, policy, place, left));
            }
            Turn::Shared(outcome) => {
                if let Some(outcome) = take_share(&stored, &policy, &outcome) {
                    target.note(Event::Shared);
                    return Begun::Answered(S::join(outcome));
                }
                target.note(Event::Alone);
                return Begun::Run;
            }
            Turn::Alone => {
                target.note(Event::Alone);
                return Begun::Run;
            }
            Turn::Degraded(error) => return without_cache(Some(&target), &policy, error),
        }
    }
}

/// What became of a call that has met this.
pub(super) fn met<V, E>(outcome: &Result<V, E>, age: Age) -> Event {
    match (outcome, age) {
        (Err(_), _) => Event::NegativeHit,
        (Ok(_), Age::Stale) => Event::StaleHit,
        (Ok(_), _) => Event::Hit,
    }
}

/// The right to have refreshed what was found, in this process, if it is to be and nobody is at it.
pub(super) fn to_be_refreshed<S: Shape<Value: CacheValue>>(
    stored: &Stored<'_>,
    found: &Found<S>,
    age: Age,
) -> Option<Refreshing> {
    if !matches!(age, Age::Ripe | Age::Stale) {
        return None;
    }
    let Target { engine, key, .. } = stored.target();
    let now = engine.context().server_time().now();
    let is_free = found.refresh_lease.is_some_and(|lease| lease.until <= now);
    is_free.then(|| engine.refreshes().begin(key)).flatten()
}

/// Answers what was found and has it refreshed; or refreshes it, and answers that.
async fn refresh<S>(
    due: Box<Due<S>>,
    outcome: Result<S::Value, S::Error>,
    age: Age,
    budget: Duration,
    manner: Manner,
) -> Begun<S>
where
    S: Shape<Value: CacheValue>,
{
    let old = match outcome {
        Ok(old) => old,
        // No lease has room in an error that is stored.
        error => return Begun::Answered(S::join(error)),
    };
    if manner == Manner::Behind {
        return Begun::Refresh(old, due);
    }
    let (spec, met, target) = (due.spec, due.met, due.target.clone());
    let Some(loading) = due.begin(budget).await else {
        target.note(met);
        return Begun::Answered(S::join(Ok(old)));
    };
    // While the old value is fresh, a refresh that fails is no failure of the call.
    let is_fallback = age == Age::Ripe || spec.staleness.throttle().is_some();
    Begun::Load(if is_fallback {
        loading.or(Fallback::new(old))
    } else {
        loading
    })
}

/// The call's way when the cache cannot be asked.
pub(super) fn without_cache<S: Shape>(
    target: Option<&Target>,
    policy: &Policy<S>,
    error: Error,
) -> Begun<S> {
    if let Some(target) = target {
        target.note(Event::Degraded);
        target.engine.context().degradation().failed(&error);
    }
    by_itself(policy, error)
}

/// The call's way when an invalidation of its entry waits for the server: what the server has may be what was invalidated.
pub(super) fn past_the_cache<S: Shape>(target: &Target, policy: &Policy<S>) -> Begun<S> {
    target.note(Event::Degraded);
    ensure(&target.engine);
    by_itself(policy, waits_for_the_server())
}

/// Why an entry is not asked for although the server may be there.
pub(super) fn waits_for_the_server() -> Error {
    let message = "an invalidation of this entry waits for the server";
    Error::new(ErrorKind::Unreachable, "cached", message)
}

fn by_itself<S: Shape>(policy: &Policy<S>, error: Error) -> Begun<S> {
    match policy.rescue() {
        Some(rescue) => Begun::Answered(S::join(Err(rescue(error)))),
        None => Begun::Run,
    }
}

/// What somebody else has loaded; `None` if this caller cannot read it, and has to load for itself.
pub(super) fn take_share<S: Shape<Value: CacheValue>>(
    stored: &Stored<'_>,
    policy: &Policy<S>,
    outcome: &Outcome,
) -> Option<Result<S::Value, S::Error>> {
    match outcome {
        Outcome::Value(encoded) => {
            let payload = encoded.readable_as(stored.form())?;
            stored.decode(payload).map(Ok)
        }
        Outcome::StoredError(encoded) => {
            let payload = encoded.readable_as(stored.form())?;
            let error = policy.decode_error(stored.spec().codec, payload);
            error.ok().map(Err)
        }
        Outcome::Error(shared) => {
            let sharing = policy.sharing_of_errors();
            shared.with(|packed| sharing.unpack(packed)).map(Err)
        }
        // The turn has dealt with these.
        Outcome::Reread | Outcome::Degraded(_) => None,
    }
}
