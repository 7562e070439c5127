//! The stored value, or else one that is given: of all callers of the fleet one stores its value, and
//! all have that one.
//!
//! Unlike a load this has nothing to run, so there is nothing to answer but what is stored. It takes
//! the lease of a load to write under, so whoever invalidates or puts comes first.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tracing::Instrument;

use super::answer::{Answer, Answering};
use super::call::CacheCall;
use super::copies::{Copies, serve};
use super::invalidating::ensure;
use super::lease::{Filled, Lease};
use super::load::{meet, met, waits_for_the_server};
use super::loading::note_fill;
use super::policy::Policy;
use super::rules::{ErrorRules, ValueRules};
use super::shape::{CacheValue, Direct};
use super::span::span;
use super::stored::{Provenance, Stored};
use super::target::Target;
use super::turn::{Opened, Request};
use super::verbs::Given;
use super::written::Written;
use crate::clock::Moment;
use crate::context::Budget;
use crate::error::{Error, ErrorKind, Result};
use crate::metrics::Event;

/// The verb, as errors and spans name it.
const VERB: &str = "get_or_set";

/// One who looks for a value, to store its own if there is none.
struct Seeker<'call> {
    stored: Stored<'call>,
    request: Request<'call>,
    /// Until when it tries again; not known before its value was voided once.
    until: Option<Moment>,
}

/// What was found.
enum Sought {
    /// The value, which answers.
    Value,
    /// Nothing, and the right to store one.
    Room(Box<Lease>),
}

impl CacheCall {
    /// The stored value, or this one, which is stored then.
    pub(crate) async fn get_or_set<V: CacheValue>(
        &self,
        rules: &ValueRules<V>,
        value: V,
    ) -> Result<V> {
        let target = self.target()?;
        let policy = Policy::<Direct<V>>::new(rules.clone(), ErrorRules::new());
        let mut answering = Answering::<Direct<V>>::new(policy);
        let seeking = async {
            let Some(mut seeker) = self.seek(target, &mut answering)? else {
                return Ok(answering.take());
            };
            loop {
                match seeker.find(&mut answering).await? {
                    Sought::Value => return Ok(answering.take()),
                    Sought::Room(lease) => {
                        let given = Given::new(&self.spec, rules, &value);
                        if seeker.store(lease, given).await? == Filled::Stored {
                            return Ok(None);
                        }
                    }
                }
            }
        };
        let found = seeking.instrument(span(VERB, target.namespace)).await?;
        match found {
            Some(Ok(found)) => Ok(found),
            Some(Err(never)) => match never {},
            None => Ok(value),
        }
    }

    /// Begins; nothing if a copy nearby has answered.
    fn seek<'call>(
        &'call self,
        target: &'call Target,
        answer: &mut dyn Answer,
    ) -> Result<Option<Seeker<'call>>> {
        if target.awaits_invalidation() {
            ensure(&target.engine);
            return Err(waits_for_the_server());
        }
        let stored = Stored::new(&self.spec, target);
        let copies = Copies::new(stored, answer.judge().copying());
        if let Some(copy) = copies.find(self.demand())
            && serve(&copy, self.spec.codec, answer).is_some()
        {
            return Ok(None);
        }
        Ok(Some(Seeker {
            stored,
            request: Request::new(&self.spec, target, copies.keeping()),
            until: None,
        }))
    }
}

impl Seeker<'_> {
    /// Finds the value or the room for one. What is stored answers whether or not it is due to be
    /// refreshed; what cannot be used makes room.
    async fn find(&mut self, answer: &mut (dyn Answer + Send)) -> Result<Sought> {
        let target = self.stored.target();
        loop {
            let read = match self.request.value_or_lease().await? {
                Opened::Value(read) => read,
                Opened::Lease(lease) => return Ok(Sought::Room(lease)),
                Opened::Timeout => {
                    target.note(Event::LoadTimeout);
                    let message = "a load of the entry takes longer than the `wait` of the cache; \
                                   nothing was stored";
                    return Err(self.error(ErrorKind::LoadTimeout, message));
                }
            };
            match meet(&self.stored, &read, answer) {
                Ok((found, age)) => {
                    let foresight = target.engine.foresight();
                    foresight.saw(target.key(), self.stored.lives(&found));
                    target.note(met(found.side, age));
                    return Ok(Sought::Value);
                }
                Err(event) => {
                    target.note(event);
                    self.request.refuse(&read.bytes);
                }
            }
        }
    }

    /// Stores the value that is given, if nobody has revoked the lease.
    async fn store(&mut self, lease: Box<Lease>, given: Given) -> Result<Filled> {
        let target = self.stored.target();
        let budget = &mut self.request.budget;
        let provenance = Provenance {
            token: lease.token(),
            cost: Duration::ZERO,
            observed: Arc::clone(&lease.observed),
        };
        let written = match given.write(VERB, &self.stored, &provenance) {
            Ok(written) => written,
            Err(error) => {
                lease.release(budget).await;
                return Err(error);
            }
        };
        let keys = [target.key().clone()];
        let filled = {
            let filling = pin!(fill(lease, &written, budget));
            target.engine.local().change(&keys, filling).await
        };
        note_fill(target, &written, filled.clone());
        if filled? == Filled::Stored {
            return Ok(Filled::Stored);
        }
        let context = target.engine.context();
        let now = context.clock().now();
        let until = self
            .until
            .get_or_insert(now + context.limits().command_timeout);
        if now < *until {
            return Ok(Filled::Voided);
        }
        let message = "others have changed the entry again and again";
        Err(self.error(ErrorKind::Timeout, message))
    }

    fn error(&self, kind: ErrorKind, message: &'static str) -> Error {
        Error::new(kind, VERB, message).with("namespace", self.stored.spec().namespace)
    }
}

/// Writes the value in the place of its lease. If it was voided before it was written, the lease
/// makes room.
async fn fill(mut lease: Box<Lease>, written: &Written, budget: &mut Budget<'_>) -> Result<Filled> {
    let filled = lease.fill(written, budget).await?;
    if lease.may_be_there() {
        lease.release(budget).await;
    }
    Ok(filled)
}
