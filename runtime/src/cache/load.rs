//! A cached call, from its key to its return.

use std::future::Future;

use super::call::{CacheCall, Target};
use super::copies::Copies;
use super::loading::Loading;
use super::outcome::Outcome;
use super::pending::ensure;
use super::place::Place;
use super::policy::Policy;
use super::session::{Begun, Course};
use super::shape::{CacheValue, Shape};
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
    Course::new("cached", namespace, begin(call, policy))
}

/// Asks the cache.
async fn begin<S>(call: impl FnOnce() -> CacheCall, policy: impl Into<Policy<S>>) -> Begun<S>
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
                    copies.keep(&read, &found);
                    let Found { outcome, header } = found;
                    if foreseen == Foreseen::No {
                        let lives = stored.lives(&header);
                        target.engine.foresight().saw(&target.key, lives);
                    }
                    target.note(match outcome {
                        Ok(_) => Event::Hit,
                        Err(_) => Event::NegativeHit,
                    });
                    return Begun::Answered(S::join(outcome));
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

pub(super) fn take_share<S: Shape<Value: CacheValue>>(
    stored: &Stored<'_>,
    policy: &Policy<S>,
    outcome: &Outcome,
) -> Option<Result<S::Value, S::Error>> {
    match outcome {
        Outcome::Value(payload) => stored.decode(payload).map(Ok),
        Outcome::StoredError(payload) => policy
            .decode_error(stored.spec().codec, payload)
            .ok()
            .map(Err),
        Outcome::Error(shared) => {
            let sharing = policy.sharing_of_errors();
            shared.with(|packed| sharing.unpack(packed)).map(Err)
        }
        // The turn has dealt with these.
        Outcome::Reread | Outcome::Degraded(_) => None,
    }
}
