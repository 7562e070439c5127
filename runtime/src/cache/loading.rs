//! A load: from the moment when the body may run until what it returned is stored.
//!
//! What the body is nobody here knows: it is run elsewhere ([`session`](super::session)), and what
//! it returned comes here.

use std::future::{Future, pending, poll_fn, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use super::answer::{Answer, Answering, Judged, Seen, Side, ValueSource};
use super::call::Errand;
use super::lease::{Filled, Renewal};
use super::outcome::{Encoded, Outcome, SharedError};
use super::owned::Owned;
use super::place::{Place, Unstored};
use super::policy::Policy;
use super::previous::{Old, Reload};
use super::shape::{CacheValue, Shape};
use super::stored::{Provenance, Stored};
use super::target::Target;
use super::written::Written;
use crate::clock::Moment;
use crate::context::Budget;
use crate::error::Result;
use crate::metrics::Event;

/// A load whose body runs. Boxed by those who hold it, as is all that a hit has no need of: the
/// rest is a part of every caller's future.
pub(crate) struct Loading {
    errand: Errand,
    place: Place,
    renewal: Renewal,
    began: Moment,
    /// What the call may still spend on the backend.
    budget: Duration,
    /// What it is to replace.
    old: Option<Old>,
    falling: Falling,
}

/// A load, to the call that runs its body. It is behind a pointer without a type, as an
/// [`Asking`](super::load::Asking) is.
pub(super) trait Load {
    /// Keeps what the load needs alive while the body runs: to be called whenever the body was
    /// polled and is not ready.
    fn keep(&mut self, context: &mut Context<'_>);

    /// The body has returned this.
    fn finish(self: Box<Self>, answer: &mut dyn Answer) -> Settling;
}

/// What the call answers if a load fails that was to replace a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Falling {
    /// The old value.
    Back,
    /// The error.
    Short,
}

/// A load whose body has returned: it is over when the answer is stored, or is known not to be.
pub(crate) type Settling = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Loading {
    /// A load that begins now.
    pub(crate) fn begin(errand: Errand, place: Place, budget: Duration) -> Self {
        errand.target.note(Event::Load);
        Self {
            began: errand.target.engine.context().clock().now(),
            renewal: Renewal::default(),
            errand,
            place,
            budget,
            old: None,
            falling: Falling::Short,
        }
    }

    /// The same load, which knows what it is to replace.
    pub(crate) fn knowing(self, old: Old) -> Self {
        Self {
            old: Some(old),
            ..self
        }
    }

    /// What the call answers if the load fails: the error, unless something else is said.
    pub(super) fn fall(&mut self, falling: Falling) {
        self.falling = falling;
    }

    /// What its body is told.
    pub(crate) fn reload<V>(&self) -> Reload<V> {
        Reload::new(self.errand.spec.codec, self.old.clone())
    }

    /// Runs a body to its end.
    pub(super) async fn run<S>(
        mut self: Box<Self>,
        mut answering: Answering<S, Policy<S>>,
        mut body: Owned<S::Return>,
    ) -> S::Return
    where
        S: Shape<Value: CacheValue>,
    {
        let returned = poll_fn(|context| {
            let polled = body.as_mut().poll(context);
            if polled.is_pending() {
                self.keep(context);
            }
            polled
        });
        answering.returned(returned.await);
        let settling = self.finish(&mut answering);
        settling.await;
        match answering.take() {
            Some(outcome) => S::join(outcome),
            // The body has returned it.
            None => pending().await,
        }
    }

    /// The old value answers in place of an error, if it is to.
    fn fall_back(&self, answer: &mut dyn Answer) -> Option<()> {
        let (Falling::Back, Seen::Error) = (self.falling, answer.seen()) else {
            return None;
        };
        let old = self.old.as_ref()?;
        answer.take_value(ValueSource::Stored(self.errand.spec.codec, old.payload()))
    }

    /// The body has found that there is no value any more, and nothing can be stored that stands
    /// for it: the old one goes.
    pub(crate) fn withdraw(self: Box<Self>) -> Settling {
        Box::pin(self.settle(Err(Event::NotStored), Unstored::Unwanted, None))
    }

    fn provenance(&self) -> Provenance {
        let clock = self.errand.target.engine.context().clock();
        Provenance {
            token: self.place.token(),
            observed: self.place.observed(),
            cost: clock.now().saturating_since(self.began),
        }
    }

    /// Shares with those who wait in this process, and fills.
    async fn settle(
        self: Box<Self>,
        written: Result<Written, Event>,
        unstored: Unstored,
        shared: Option<Outcome>,
    ) {
        let Self {
            errand,
            mut place,
            budget,
            ..
        } = *self;
        let Errand { spec, target } = &errand;
        let is_refresh = matches!(place, Place::Refresh(_));
        let has_old_value = place.has_old_value();
        let mut budget = Budget::new(target.engine.context().clock(), budget);
        let is_shared = shared.is_some();
        if let Some(outcome) = shared {
            place.share(outcome);
        }
        match written {
            Ok(written) => {
                let filled = place.fill(target, &written, &mut budget).await;
                // Whoever has loaded is not answered with what was there before.
                target.engine.local().changed([target.key()]);
                if is_refresh && matches!(filled, Ok(Filled::Stored)) {
                    target.note(Event::Refreshed);
                }
                note_fill(target, &written, filled);
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
                place.release(target, spec, unstored, &mut budget).await;
                if has_old_value && unstored == Unstored::Unwanted {
                    target.engine.local().changed([target.key()]);
                }
            }
        }
    }
}

impl Load for Loading {
    fn keep(&mut self, context: &mut Context<'_>) {
        self.place.keep(&mut self.renewal, context);
    }

    fn finish(self: Box<Self>, answer: &mut dyn Answer) -> Settling {
        let stored = self.errand.stored();
        let Some(judged) = answer.judged(stored.spec()) else {
            return Box::pin(ready(()));
        };
        let side = judged.side;
        let written = write(&stored, answer, judged, &self.provenance());
        // Encoding an unstored value for nobody would be a waste.
        let shared = self
            .place
            .has_followers()
            .then(|| share(&stored, answer, side, &written))
            .flatten();
        let unstored = match side {
            Side::Value => Unstored::Unwanted,
            Side::Error => Unstored::Failed,
        };
        if written.is_err() && self.fall_back(answer).is_some() {
            self.errand.target.note(Event::StaleHit);
        }
        Box::pin(self.settle(written, unstored, shared))
    }
}

/// What a body returned, as it is to be stored; the event if it is not.
pub(super) fn write(
    stored: &Stored<'_>,
    answer: &dyn Answer,
    mut judged: Judged,
    provenance: &Provenance,
) -> Result<Written, Event> {
    // An error has no value to be listed by, but the call may be listed.
    let mut listed = stored.target().listed();
    listed.append(&mut judged.listed);
    stored.write_answer(answer, Judged { listed, ..judged }, provenance)
}

/// What the others get of a load, if it can be handed on.
pub(super) fn share(
    stored: &Stored<'_>,
    answer: &dyn Answer,
    side: Side,
    written: &Result<Written, Event>,
) -> Option<Outcome> {
    let encoded = |payload: Arc<[u8]>| Encoded::new(stored.form(), payload);
    match (written, side) {
        (Ok(written), Side::Value) => Some(Outcome::Value(encoded(written.payload()))),
        (Ok(written), Side::Error) => Some(Outcome::StoredError(encoded(written.payload()))),
        (Err(_), Side::Value) => {
            let mut payload = Vec::new();
            answer.encode(stored.spec().codec, &mut payload).ok()?;
            Some(Outcome::Value(encoded(payload.into())))
        }
        (Err(_), Side::Error) => Some(Outcome::Error(SharedError::new(answer.pack()?))),
    }
}

/// Notes what became of a fill.
pub(super) fn note_fill(target: &Target, written: &Written, filled: Result<Filled>) {
    target.note(match filled {
        Ok(Filled::Stored) => {
            target.engine.foresight().saw(target.key(), written.lives());
            target.engine.context().degradation().wrote();
            Event::Stored
        }
        Ok(Filled::Voided) => Event::Voided,
        Err(error) => {
            target.engine.context().degradation().failed(&error);
            Event::FillFailed
        }
    });
}
