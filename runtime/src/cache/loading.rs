//! A load: from the moment when the body may run until what it returned is stored.
//!
//! What the body is nobody here knows: it is run elsewhere ([`session`](super::session)), and what it returned comes here.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::behind::{Fallback, Owned};
use super::call::Target;
use super::lease::{Filled, Renewal};
use super::outcome::{Encoded, Outcome, SharedError};
use super::place::{Place, Unstored};
use super::policy::Policy;
use super::previous::{Old, Reload};
use super::shape::{CacheValue, Shape};
use super::spec::CacheSpec;
use super::stored::{Provenance, Stored};
use super::written::Written;
use crate::clock::Moment;
use crate::context::Budget;
use crate::error::Result;
use crate::metrics::Event;

/// A load whose body runs.
pub(crate) struct Loading<S: Shape> {
    load: Load,
    policy: Policy<S>,
    /// What is answered in place of an error that is not stored.
    fallback: Option<Fallback<S::Value>>,
    /// What it is to replace.
    old: Option<Old>,
}

/// A load whose body has returned.
pub(crate) struct Settling<S: Shape> {
    /// Taken when it is returned.
    outcome: Option<Result<S::Value, S::Error>>,
    settled: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// What becomes of a load.
pub(crate) struct Settlement {
    /// Whether what was returned is to be stored.
    outlook: Outlook,
    /// Stores it, or gives the lease back.
    pub(crate) settled: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// Whether what was returned is to be stored.
#[derive(PartialEq, Eq)]
enum Outlook {
    Stored,
    Unstored,
}

/// What of a load has nothing to do with types.
struct Load {
    spec: CacheSpec,
    target: Target,
    place: Place,
    renewal: Renewal,
    began: Moment,
    /// What the call may still spend on the backend.
    budget: Duration,
}

impl<S: Shape<Value: CacheValue>> Loading<S> {
    /// A load that begins now. Boxed, as is all that a hit has no need of: the rest is a part of every caller's future.
    pub(crate) fn begin(
        spec: CacheSpec,
        target: Target,
        policy: Policy<S>,
        place: Place,
        budget: Duration,
    ) -> Box<Self> {
        let load = Load::begin(spec, target, place, budget);
        Box::new(Self {
            load,
            policy,
            fallback: None,
            old: None,
        })
    }

    /// The same load, which knows what it is to replace.
    pub(crate) fn knowing(mut self: Box<Self>, old: Old) -> Box<Self> {
        self.old = Some(old);
        self
    }

    /// What its body is told.
    pub(crate) fn reload(&self) -> Reload<S::Value> {
        Reload::new(self.load.spec.codec, self.old.clone())
    }

    /// The same load, whose caller gets this value rather than an error.
    pub(crate) fn or(mut self: Box<Self>, fallback: Fallback<S::Value>) -> Box<Self> {
        self.fallback = Some(fallback);
        self
    }

    /// Runs a body to its end.
    pub(crate) async fn run(mut self: Box<Self>, mut body: Owned<S::Return>) -> S::Return {
        let returned = poll_fn(|context| {
            let polled = body.as_mut().poll(context);
            if polled.is_pending() {
                self.keep(context);
            }
            polled
        });
        let returned = returned.await;
        let mut settling = self.finish(returned);
        poll_fn(|context| settling.poll(context)).await
    }

    /// Keeps what the load needs alive while the body runs: to be called whenever the body was polled and is not ready.
    pub(crate) fn keep(&mut self, context: &mut Context<'_>) {
        let Load { place, renewal, .. } = &mut self.load;
        place.keep(renewal, context);
    }

    /// The body has returned this.
    pub(crate) fn finish(mut self, returned: S::Return) -> Settling<S> {
        let outcome = S::split(returned);
        let fallback = self.fallback.take().and_then(|fallback| fallback.take());
        let target = fallback.is_some().then(|| self.load.target.clone());
        let Settlement { outlook, settled } = self.settle(&outcome);
        let outcome = match (outcome, fallback) {
            (Err(_), Some(old)) if outlook == Outlook::Unstored => {
                if let Some(target) = target {
                    target.note(Event::StaleHit);
                }
                Ok(old)
            }
            (outcome, _) => outcome,
        };
        Settling {
            outcome: Some(outcome),
            settled,
        }
    }

    /// The body has found that there is no value any more, and nothing can be stored that stands for it: the old one goes.
    pub(crate) fn withdraw(self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let nothing = Err(Event::NotStored);
        Box::pin(self.load.settle(nothing, Unstored::Unwanted, None))
    }

    /// The body has returned this, which others may want too.
    pub(crate) fn settle(self, outcome: &Result<S::Value, S::Error>) -> Settlement {
        let Self {
            load, policy, old, ..
        } = self;
        let stored = Stored::new(&load.spec, &load.target);
        let kept = old.as_ref().and_then(Old::kept);
        let written = write(&stored, &policy, outcome, kept, &load.provenance());
        // Encoding an unstored value for nobody would be a waste.
        let shared = load
            .place
            .has_followers()
            .then(|| share(&stored, &policy, &written, outcome))
            .flatten();
        let unstored = match outcome {
            Ok(_) => Unstored::Unwanted,
            Err(_) => Unstored::Failed,
        };
        Settlement {
            outlook: match &written {
                Ok(_) => Outlook::Stored,
                Err(_) => Outlook::Unstored,
            },
            settled: Box::pin(load.settle(written, unstored, shared)),
        }
    }
}

impl<S: Shape> Settling<S> {
    /// What to return, when it is stored, or is known not to be.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<S::Return> {
        ready!(self.settled.as_mut().poll(context));
        match self.outcome.take() {
            Some(outcome) => Poll::Ready(S::join(outcome)),
            // It was polled once more than a future may be.
            None => Poll::Pending,
        }
    }
}

impl Load {
    fn begin(spec: CacheSpec, target: Target, place: Place, budget: Duration) -> Self {
        target.note(Event::Load);
        Self {
            began: target.engine.context().clock().now(),
            renewal: Renewal::default(),
            spec,
            target,
            place,
            budget,
        }
    }

    fn provenance(&self) -> Provenance {
        let clock = self.target.engine.context().clock();
        Provenance {
            token: self.place.token(),
            observed: self.place.observed(),
            cost: clock.now().saturating_since(self.began),
        }
    }

    /// Shares with those who wait in this process, and fills.
    async fn settle(
        self,
        written: Result<Written, Event>,
        unstored: Unstored,
        shared: Option<Outcome>,
    ) {
        let Self {
            spec,
            target,
            mut place,
            ..
        } = self;
        let is_refresh = matches!(place, Place::Refresh(_));
        let mut budget = Budget::new(target.engine.context().clock(), self.budget);
        let is_shared = shared.is_some();
        if let Some(outcome) = shared {
            place.share(outcome);
        }
        match written {
            Ok(written) => {
                let filled = place.fill(&target, &written, &mut budget).await;
                // Whoever has loaded is not answered with what was there before.
                target.engine.local().changed([&target.key]);
                if is_refresh && matches!(filled, Ok(Filled::Stored)) {
                    target.note(Event::Refreshed);
                }
                note_fill(&target, &written, filled);
                if !is_shared {
                    // For those who have joined while it was being filled.
                    place.share(Outcome::Reread);
                }
            }
            Err(event) => {
                target.note(event);
                let unstored = match event {
                    Event::NotStored => unstored,
                    // Too large, or not to be encoded.
                    _ => Unstored::Failed,
                };
                if is_refresh && unstored == Unstored::Failed {
                    target.note(Event::RefreshFailed);
                }
                place.release(&spec, unstored, &mut budget).await;
                if is_refresh && unstored == Unstored::Unwanted {
                    target.engine.local().changed([&target.key]);
                }
            }
        }
    }
}

/// What a body returned, as it is to be stored; the event if it is not. What it has `kept` of the old value is encoded already.
pub(super) fn write<S: Shape<Value: CacheValue>>(
    stored: &Stored<'_>,
    policy: &Policy<S>,
    outcome: &Result<S::Value, S::Error>,
    kept: Option<&[u8]>,
    provenance: &Provenance,
) -> Result<Written, Event> {
    let spec = stored.spec();
    match outcome {
        Ok(value) => {
            let mut listed = stored.target().listed();
            listed.extend(policy.listed(value));
            let ttl = policy.ttl_of_value(spec, value);
            let presence = policy.presence(spec, value);
            match kept {
                Some(payload) => stored.write_payload(payload, presence, ttl, provenance, listed),
                None => stored.write_value(value, presence, ttl, provenance, listed),
            }
        }
        Err(error) => {
            stored.write_error(policy, error, policy.ttl_of_error(spec, error), provenance)
        }
    }
}

/// What the others get of a load, if it can be handed on.
pub(super) fn share<S: Shape<Value: CacheValue>>(
    stored: &Stored<'_>,
    policy: &Policy<S>,
    written: &Result<Written, Event>,
    outcome: &Result<S::Value, S::Error>,
) -> Option<Outcome> {
    let encoded = |payload: Arc<[u8]>| Encoded::new(stored.form(), payload);
    match (written, outcome) {
        (Ok(written), Ok(_)) => Some(Outcome::Value(encoded(written.payload()))),
        (Ok(written), Err(_)) => Some(Outcome::StoredError(encoded(written.payload()))),
        (Err(_), Ok(value)) => stored.encode(value).map(|it| Outcome::Value(encoded(it))),
        (Err(_), Err(error)) => {
            let packed = policy.sharing_of_errors().pack(error)?;
            Some(Outcome::Error(SharedError::new(packed)))
        }
    }
}

/// Notes what became of a fill.
pub(super) fn note_fill(target: &Target, written: &Written, filled: Result<Filled>) {
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
