//! A cached call, from its key to its return.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::answer::{Answer, Side, ValueSource};
use super::call::{CacheCall, Errand};
use super::copies::{Copies, serve};
use super::due::Due;
use super::failures::ErrorSource;
use super::invalidating::ensure;
use super::loading::{Falling, Loading};
use super::local::{Copying, LocalCopy};
use super::outcome::Outcome;
use super::place::Place;
use super::previous::Old;
use super::refreshes::Refreshing;
use super::spec::CacheSpec;
use super::staleness::Age;
use super::stored::{Found, Stored};
use super::target::Target;
use super::turn::{Foreseen, Interrupted, Keeping, Read, Request, Turn};
use crate::error::{Error, ErrorKind, Result};
use crate::metrics::Event;

/// Whether a load may outlive its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// It runs within the call.
    Within,
    /// It may run behind the call.
    Behind,
}

/// What a call was told by the cache. What that means, somebody has to say who can read its values:
/// see [`take`](Self::take).
pub(crate) enum Asked {
    /// This copy holds a value that can be cloned.
    Copy(Arc<LocalCopy>),
    /// This copy holds something encoded.
    Encoded(Errand, Arc<LocalCopy>, Interrupted),
    /// This was read.
    Hit(Errand, Read, Foreseen, Interrupted),
    /// The load may begin, and may spend so much on the backend.
    Load(Errand, Place, Duration),
    /// Another caller has loaded it.
    Shared(Errand, Outcome),
    /// The body is to run, and what it returns is not stored.
    Alone,
    /// The cache cannot be asked.
    Lost(Error),
}

/// What comes next.
pub(super) enum Next {
    /// There is an answer.
    Answered,
    /// The body runs, and what it returns is not stored.
    Run,
    /// The body runs, and what it returns is stored.
    Load(Box<Loading>),
    /// The cache is asked once more.
    Ask(Asking),
    /// There is an answer, which is to be refreshed within the call, if nobody else does; what may
    /// be spent until then.
    Renew(Box<Due>, Duration),
    /// There is an answer, which is to be refreshed behind the call.
    Refresh(Box<Due>),
}

/// A question under way. Boxed and without its type: it is as large as all that a call may have to
/// do, and every function whose call owned it would have the compiler describe all that to the
/// debugger anew.
pub(super) type Asking = Pin<Box<dyn Future<Output = Asked> + Send>>;

/// What a call knows when it sets out.
pub(super) enum Departure {
    /// It has to ask.
    Asking(Asking),
    /// This, without a question.
    Known(Asked),
}

/// Sets out to ask the cache. Nothing is allocated for a call that a copy nearby answers.
pub(super) fn set_out(call: CacheCall, copying: Copying) -> Departure {
    let (spec, target, demand) = call.into_parts();
    let target = match target {
        Ok(target) => target,
        Err(error) => return Departure::Known(Asked::Lost(error)),
    };
    if target.awaits_invalidation() {
        return Departure::Known(past_the_cache(&target));
    }
    let copies = Copies::new(Stored::new(&spec, &target), copying);
    let (copy, keeping) = (copies.find(demand), copies.keeping());
    match copy {
        // It needs nothing that was made for the call.
        Some(copy) if copy.encoded().is_none() => Departure::Known(Asked::Copy(copy)),
        copy => {
            let errand = Errand { spec, target };
            let Some(copy) = copy else {
                // The box is there before the question, which is then made where it is to stand: it
                // is large, and nothing of it is moved.
                let room = Box::new_uninit();
                let question = Box::write(room, ask(errand, keeping));
                return Departure::Asking(Box::into_pin(question));
            };
            let mut request = Request::new(&errand.spec, &errand.target, keeping);
            let interrupted = request.interrupt();
            Departure::Known(Asked::Encoded(errand, copy, interrupted))
        }
    }
}

/// Asks the cache.
async fn ask(errand: Errand, keeping: Keeping) -> Asked {
    let mut request = Request::new(&errand.spec, &errand.target, keeping);
    let turn = request.turn().await;
    let interrupted = request.interrupt();
    told(errand, turn, interrupted)
}

/// Goes on with a call that has found what it cannot use.
async fn ask_on(errand: Errand, interrupted: Interrupted) -> Asked {
    let mut request = Request::gone_on_with(&errand.spec, &errand.target, interrupted);
    let turn = request.turn().await;
    let interrupted = request.interrupt();
    told(errand, turn, interrupted)
}

/// What a call was told whose turn it is to do this.
fn told(errand: Errand, turn: Turn, interrupted: Interrupted) -> Asked {
    let target = &errand.target;
    if !matches!(turn, Turn::Degraded(_)) {
        target.engine.context().degradation().answered();
    }
    match turn {
        Turn::Hit(read, foreseen) => Asked::Hit(errand, read, foreseen, interrupted),
        Turn::Lead(leader) => {
            let left = left(&errand, interrupted);
            Asked::Load(errand, Place::Flight(leader), left)
        }
        Turn::Shared(outcome) => Asked::Shared(errand, outcome),
        Turn::Alone => {
            target.note(Event::Alone);
            Asked::Alone
        }
        Turn::Degraded(error) => without_cache(target, error),
    }
}

impl Asked {
    /// Has it answer, if it can.
    pub(super) fn take(self, answer: &mut dyn Answer, manner: Manner) -> Next {
        match self {
            // It holds what can be cloned: that was seen before.
            Self::Copy(copy) => match answer.take_value(ValueSource::Copy(copy.content())) {
                Some(()) => {
                    served(&copy);
                    Next::Answered
                }
                None => Next::Run,
            },
            Self::Encoded(errand, copy, interrupted) => {
                match serve(&copy, errand.spec.codec, answer) {
                    Some(()) => Next::Answered,
                    None => Next::Ask(Box::pin(ask_on(errand, interrupted))),
                }
            }
            Self::Hit(errand, read, foreseen, interrupted) => {
                hit(errand, (read, foreseen), interrupted, answer, manner)
            }
            Self::Load(errand, place, budget) => {
                Next::Load(Box::new(Loading::begin(errand, place, budget)))
            }
            Self::Shared(errand, outcome) => {
                if take_share(&errand.stored(), &outcome, answer).is_some() {
                    errand.target.note(Event::Shared);
                    return Next::Answered;
                }
                errand.target.note(Event::Alone);
                Next::Run
            }
            Self::Alone => Next::Run,
            Self::Lost(error) => match answer.take_error(ErrorSource::Rescue(&error)) {
                Some(()) => Next::Answered,
                None => Next::Run,
            },
        }
    }
}

/// Has what was read answer, or be refreshed; what cannot be used is a miss.
fn hit(
    errand: Errand,
    (read, foreseen): (Read, Foreseen),
    interrupted: Interrupted,
    answer: &mut dyn Answer,
    manner: Manner,
) -> Next {
    let (stored, target) = (errand.stored(), &errand.target);
    let (found, age) = match meet(&stored, &read, answer) {
        Ok(met) => met,
        Err(event) => return refuse(errand, &read, event, interrupted),
    };
    if foreseen == Foreseen::No {
        let foresight = target.engine.foresight();
        foresight.saw(target.key(), stored.lives(&found));
    }
    let met = met(found.side, age);
    let Some(refreshing) = to_be_refreshed(&stored, &found, age) else {
        target.note(met);
        return Next::Answered;
    };
    let budget = left(&errand, interrupted);
    let due = Box::new(Due {
        of: found.header.token,
        old: Old::new(read.bytes),
        met,
        falling: falling(&errand.spec, age),
        refreshing,
        errand,
    });
    match (found.side, manner) {
        // No lease has room in an error that is stored.
        (Side::Error, _) => Next::Answered,
        (Side::Value, Manner::Behind) => Next::Refresh(due),
        (Side::Value, Manner::Within) => Next::Renew(due, budget),
    }
}

/// Has what was read answer, of whatever age it is; the event if it is of no use.
#[inline]
pub(super) fn meet(
    stored: &Stored<'_>,
    read: &Read,
    answer: &mut dyn Answer,
) -> Result<(Found, Age), Event> {
    let found = stored.read(answer, &read.bytes)?;
    let age = stored.age(&found);
    if age == Age::Expired {
        return Err(Event::Expired);
    }
    Copies::new(*stored, answer.judge().copying()).keep(read, &found, answer);
    stored.prolong(&found);
    Ok((found, age))
}

/// What an interrupted call may still spend.
fn left(errand: &Errand, interrupted: Interrupted) -> Duration {
    let mut request = Request::gone_on_with(&errand.spec, &errand.target, interrupted);
    request.budget.left()
}

/// What was read is of no use: as if there were nothing.
fn refuse(errand: Errand, read: &Read, event: Event, interrupted: Interrupted) -> Next {
    errand.target.note(event);
    let mut request = Request::gone_on_with(&errand.spec, &errand.target, interrupted);
    request.refuse(&read.bytes);
    let interrupted = request.interrupt();
    Next::Ask(Box::pin(ask_on(errand, interrupted)))
}

/// Says that a copy has answered.
fn served(copy: &LocalCopy) {
    copy.counters().count(Event::LocalHit);
    tracing::Span::current().record("outcome", Event::LocalHit.name());
}

/// What became of a call that has met this.
pub(super) fn met(side: Side, age: Age) -> Event {
    match (side, age) {
        (Side::Error, _) => Event::NegativeHit,
        (Side::Value, Age::Stale) => Event::StaleHit,
        (Side::Value, _) => Event::Hit,
    }
}

/// The right to have refreshed what was found, in this process, if it is to be and nobody is at it.
pub(super) fn to_be_refreshed(stored: &Stored<'_>, found: &Found, age: Age) -> Option<Refreshing> {
    if !matches!(age, Age::Ripe | Age::Stale) {
        return None;
    }
    let (engine, key) = (&stored.target().engine, stored.target().key());
    let context = engine.context();
    let server_time = context.server_time().now();
    let lease = found.refresh_lease?;
    if lease.until > server_time {
        return None;
    }
    let now = context.clock().now();
    engine.refreshes().begin(key, now, stored.spec().lease)
}

/// What a call that waits for the refresh of a value of this age answers if it fails. While the
/// value is fresh, that is no failure of the call.
pub(super) fn falling(spec: &CacheSpec, age: Age) -> Falling {
    if age == Age::Ripe || spec.staleness.throttle().is_some() {
        Falling::Back
    } else {
        Falling::Short
    }
}

/// A refresh that has begun; nothing if it is somebody else's.
pub(super) async fn renew(due: Box<Due>, budget: Duration) -> Option<Box<Loading>> {
    let (errand, met, falling) = (due.errand.clone(), due.met, due.falling);
    let Some(mut loading) = due.begin(budget).await else {
        errand.target.note(met);
        return None;
    };
    loading.fall(falling);
    Some(loading)
}

/// The call's way when the cache cannot be asked.
pub(super) fn without_cache(target: &Target, error: Error) -> Asked {
    target.note(Event::Degraded);
    target.engine.context().degradation().failed(&error);
    Asked::Lost(error)
}

/// The call's way when an invalidation of its entry waits for the server: what the server has may
/// be what was invalidated.
pub(super) fn past_the_cache(target: &Target) -> Asked {
    target.note(Event::Degraded);
    ensure(&target.engine);
    Asked::Lost(waits_for_the_server())
}

/// Why an entry is not asked for although the server may be there.
pub(super) fn waits_for_the_server() -> Error {
    let message = "an invalidation of this entry waits for the server";
    Error::new(ErrorKind::Unreachable, "cached", message)
}

/// Has what somebody else has loaded answer; nothing if this caller cannot read it, and has to load
/// for itself.
pub(super) fn take_share(
    stored: &Stored<'_>,
    outcome: &Outcome,
    answer: &mut dyn Answer,
) -> Option<()> {
    let codec = stored.spec().codec;
    match outcome {
        Outcome::Value(encoded) => {
            let payload = encoded.readable_as(stored.form())?;
            answer.read(codec, Side::Value, payload)
        }
        Outcome::StoredError(encoded) => {
            let payload = encoded.readable_as(stored.form())?;
            answer.read(codec, Side::Error, payload)
        }
        Outcome::Error(shared) => {
            shared.with(|packed| answer.take_error(ErrorSource::Shared(packed)))
        }
        // The turn has dealt with these.
        Outcome::Reread | Outcome::Degraded(_) => None,
    }
}
