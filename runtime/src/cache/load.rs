//! A cached call, from its key to its return.

use std::future::Future;
use std::pin::{Pin, pin};

use super::call::{CacheCall, Target};
use super::flight::Leader;
use super::lease::Filled;
use super::outcome::{Outcome, SharedError};
use super::policy::Policy;
use super::shape::{CacheValue, Shape};
use super::stored::{Found, Provenance, Stored};
use super::turn::{Foreseen, Request, Turn};
use super::written::Written;
use tracing::Instrument;

use crate::context::Budget;
use crate::error::{Error, Result};
use crate::metrics::Event;

/// Answers from the cache, or by the body, which runs at most once, and not at all when there is a value.
///
/// The call is a `tracing` span, `cache`, of the level DEBUG, whose `outcome` says in the end what happened.
pub async fn cached<S, F>(call: CacheCall, policy: Policy<'_, S>, body: Pin<&mut F>) -> S::Return
where
    S: Shape<Value: CacheValue>,
    F: Future<Output = S::Return>,
{
    let span = call.span("cached");
    // Handed on by reference: an `Instrumented` would move the whole future, whether somebody listens or not.
    let answer = pin!(answer(call, policy, body));
    if span.is_disabled() {
        answer.await
    } else {
        answer.instrument(span).await
    }
}

async fn answer<S, F>(call: CacheCall, policy: Policy<'_, S>, body: Pin<&mut F>) -> S::Return
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
    let mut request = Request::new(&spec, &target);
    loop {
        let turn = request.turn().await;
        if !matches!(turn, Turn::Degraded(_)) {
            target.engine.context().degradation().answered();
        }
        match turn {
            Turn::Hit(bytes, foreseen) => match stored.read(&policy, &bytes) {
                Ok(Found { outcome, header }) => {
                    if foreseen == Foreseen::No {
                        let lives = stored.lives(&header);
                        target.engine.foresight().saw(&target.key, lives);
                    }
                    target.note(match outcome {
                        Ok(_) => Event::Hit,
                        Err(_) => Event::NegativeHit,
                    });
                    return S::join(outcome);
                }
                Err(event) => {
                    target.note(event);
                    request.refuse(&bytes);
                }
            },
            Turn::Lead(leader) => {
                // Boxed, as is all that a hit has no need of: the rest is a part of every caller's future.
                let leading = lead(&stored, &policy, leader, &mut request.budget, body);
                return Box::pin(leading).await;
            }
            Turn::Shared(outcome) => {
                if let Some(outcome) = take_share(&stored, &policy, &outcome) {
                    target.note(Event::Shared);
                    return S::join(outcome);
                }
                target.note(Event::Alone);
                return body.await;
            }
            Turn::Alone => {
                target.note(Event::Alone);
                return body.await;
            }
            Turn::Degraded(error) => {
                return without_cache(Some(&target), &policy, error, body).await;
            }
        }
    }
}

/// The call's way when the cache cannot be asked.
pub(super) async fn without_cache<S, F>(
    target: Option<&Target>,
    policy: &Policy<'_, S>,
    error: Error,
    body: Pin<&mut F>,
) -> S::Return
where
    S: Shape,
    F: Future<Output = S::Return>,
{
    if let Some(target) = target {
        target.note(Event::Degraded);
        target.engine.context().degradation().failed(&error);
    }
    match policy.rescue() {
        Some(rescue) => S::join(Err(rescue(error))),
        None => body.await,
    }
}

/// Loads under a lease, shares with those who wait in this process, fills.
async fn lead<S, F>(
    stored: &Stored<'_>,
    policy: &Policy<'_, S>,
    mut leader: Leader,
    budget: &mut Budget<'_>,
    body: Pin<&mut F>,
) -> S::Return
where
    S: Shape<Value: CacheValue>,
    F: Future<Output = S::Return>,
{
    let target = stored.target();
    target.note(Event::Load);
    let clock = target.engine.context().clock();
    let began = clock.now();
    let returned = leader.while_leading(body).await;
    let provenance = Provenance {
        token: leader.token(),
        observed: leader.observed(),
        cost: clock.now().saturating_since(began),
    };
    let (written, outcome) = record(stored, policy, returned, provenance);
    // Encoding an unstored value for nobody would be a waste.
    let shared = leader
        .has_followers()
        .then(|| share(stored, policy, &written, &outcome))
        .flatten();
    let is_shared = shared.is_some();
    if let Some(outcome) = shared {
        leader.share(outcome);
    }
    match written {
        Ok(written) => {
            let filled = leader.fill(&written, budget).await;
            settle(target, &written, filled);
            if !is_shared {
                // For those who have joined while it was being filled.
                leader.share(Outcome::Reread);
            }
        }
        Err(event) => {
            target.note(event);
            // Whoever waits elsewhere may load at once; whoever waits here takes over when the leader is dropped.
            leader.release(budget).await;
        }
    }
    S::join(outcome)
}

/// What a body returned, as it is to be stored or not, and itself.
pub(super) fn record<S: Shape<Value: CacheValue>>(
    stored: &Stored<'_>,
    policy: &Policy<'_, S>,
    returned: S::Return,
    provenance: Provenance,
) -> (Result<Written, Event>, Result<S::Value, S::Error>) {
    let outcome = S::split(returned);
    let spec = stored.spec();
    let written = match &outcome {
        Ok(value) => {
            let listed = policy.listed(value, stored.target().listed());
            stored.write_value(value, policy.ttl_of_value(spec, value), &provenance, listed)
        }
        Err(error) => {
            stored.write_error(policy, error, policy.ttl_of_error(spec, error), &provenance)
        }
    };
    (written, outcome)
}

/// Notes what became of a fill.
pub(super) fn settle(target: &Target, written: &Written, filled: Result<Filled>) {
    target.note(match filled {
        Ok(Filled::Stored) => {
            target.engine.foresight().saw(&target.key, written.lives());
            Event::Stored
        }
        Ok(Filled::Voided) => Event::Voided,
        Err(error) => {
            target.engine.context().degradation().failed(&error);
            Event::FillFailed
        }
    });
}

/// What the others get of a load, if it can be handed on.
fn share<S: Shape<Value: CacheValue>>(
    stored: &Stored<'_>,
    policy: &Policy<'_, S>,
    written: &Result<Written, Event>,
    outcome: &Result<S::Value, S::Error>,
) -> Option<Outcome> {
    match (written, outcome) {
        (Ok(written), Ok(_)) => Some(Outcome::Value(written.payload())),
        (Ok(written), Err(_)) => Some(Outcome::StoredError(written.payload())),
        (Err(_), Ok(value)) => stored.encode(value).map(Outcome::Value),
        (Err(_), Err(error)) => {
            let packed = policy.sharing_of_errors().pack(error)?;
            Some(Outcome::Error(SharedError::new(packed)))
        }
    }
}

fn take_share<S: Shape<Value: CacheValue>>(
    stored: &Stored<'_>,
    policy: &Policy<'_, S>,
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
