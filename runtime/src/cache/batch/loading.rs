//! A load of many keys: from the moment when the body may run until what it returned is stored.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Context;
use std::time::Duration;

use super::one::{Answer, AnsweringOne, IdOf, PolicyOf, ValueOf};
use super::pairs::{BatchId, Kept, Pairs};
use super::settling::{Returned, settle};
use crate::cache::answer::Answer as AnyAnswer;
use crate::cache::declaration::Declaration;
use crate::cache::flight::Leader;
use crate::cache::lease::RenewalOfMany;
use crate::cache::loading::{share, write};
use crate::cache::shape::{CacheValue, Shape};
use crate::cache::stored::{Provenance, Stored};
use crate::cache::target::Target;
use crate::clock::Moment;
use crate::error::Result;
use crate::hash::QuickHash;
use crate::metrics::Event;

/// A load whose body runs. It has all that it needs, so it may go on without the call that has
/// begun it.
pub(super) struct Loading<S: Shape<Value: Pairs>, T> {
    spec: Declaration,
    policy: PolicyOf<S, T>,
    keys: Vec<Loaded<IdOf<S>>>,
    renewal: RenewalOfMany,
    began: Moment,
    /// What may still be spent on the backend.
    budget: Duration,
}

/// One key of a load.
pub(super) struct Loaded<K> {
    /// Its place in the call.
    pub(super) place: usize,
    pub(super) id: K,
    pub(super) target: Target,
    /// The call's part in loading it; without one, its value is not stored.
    pub(super) leader: Option<Leader>,
}

/// What has been found out, each with its place in the call.
pub(super) type Answers<T> = Vec<(usize, Answer<T>)>;

impl<S, T> Loading<S, T>
where
    S: Shape<Value: Pairs<Id: BatchId>>,
    T: CacheValue + Kept<ValueOf<S>>,
{
    /// A load of these keys that begins now, if there is one.
    pub(super) fn begin(
        spec: Declaration,
        policy: &PolicyOf<S, T>,
        keys: Vec<Loaded<IdOf<S>>>,
        budget: Duration,
    ) -> Option<Self> {
        let first = keys.first()?;
        let began = first.target.engine.context().clock().now();
        for key in keys.iter().filter(|key| key.leader.is_some()) {
            key.target.note(Event::Load);
        }
        Some(Self {
            spec,
            policy: policy.clone(),
            keys,
            renewal: RenewalOfMany::default(),
            began,
            budget,
        })
    }

    /// What the body is asked for.
    pub(super) fn ids(&self) -> Vec<IdOf<S>> {
        self.keys.iter().map(|key| key.id.clone()).collect()
    }

    /// Whether anything of it may be stored.
    pub(super) fn stores(&self) -> bool {
        self.keys.iter().any(|key| key.leader.is_some())
    }

    /// Runs the body to its end, and stores what it has returned.
    pub(super) async fn run(
        mut self,
        body: impl Future<Output = S::Return>,
    ) -> Result<Answers<T>, S::Error> {
        let mut body = pin!(body);
        let returned = poll_fn(|context| {
            let polled = body.as_mut().poll(context);
            if polled.is_pending() {
                self.keep(context);
            }
            polled
        });
        let returned = returned.await;
        self.store(S::split(returned)).await
    }

    /// Keeps the leases alive while the body runs: to be called whenever the body was polled and is
    /// not ready.
    fn keep(&mut self, context: &mut Context<'_>) {
        let Self { keys, renewal, .. } = self;
        renewal.keep(
            || {
                keys.iter_mut()
                    .filter_map(|key| key.leader.as_mut()?.lease().map(|it| &*it))
                    .collect()
            },
            context,
        );
    }

    async fn store(self, returned: Result<S::Value, S::Error>) -> Result<Answers<T>, S::Error> {
        let budget = self.budget;
        let (returning, answers) = match returned {
            Ok(pairs) => {
                let (returning, answers) = self.take_pairs(pairs);
                (returning, Ok(answers))
            }
            Err(error) => {
                let (returning, failed) = self.take_failure(error);
                (returning, failed.map_or(Ok(Vec::new()), Err))
            }
        };
        settle(returning, budget).await;
        answers
    }

    /// The values that were loaded, and that there are none, as they are to be stored; and what the
    /// call has learned.
    fn take_pairs(self, pairs: S::Value) -> (Vec<Returned>, Answers<T>) {
        let values = values_of::<S>(self.keys.iter().map(|key| &key.id), pairs);
        let (spec, policy, began) = (&self.spec, &self.policy, self.began);
        let mut returning = Vec::with_capacity(self.keys.len());
        let mut answers = Vec::with_capacity(self.keys.len());
        for (key, value) in self.keys.into_iter().zip(values) {
            let (place, leader) = (key.place, key.leader);
            let Some(kept) = T::of(value) else {
                returning.extend(leader.map(|leader| Returned::of_nothing(key.target, leader)));
                answers.push((place, Answer::Nothing));
                continue;
            };
            let mut answering = AnsweringOne::<S, T>::of(policy, Ok(kept));
            if let Some(leader) = leader {
                returning.push(returned(spec, (key.target, leader), began, &answering));
            }
            answers.push((place, Answer::of(answering.take())));
        }
        (returning, answers)
    }

    /// The error of a load, for those who wait for one of its keys.
    fn take_failure(self, error: S::Error) -> (Vec<Returned>, Option<S::Error>) {
        let mut answering = AnsweringOne::<S, T>::of(&self.policy, Err(error));
        let (spec, began) = (&self.spec, self.began);
        let keys = self.keys.into_iter();
        let keys = keys.filter_map(|key| Some((key.target, key.leader?)));
        let returning = keys.map(|key| returned(spec, key, began, &answering));
        let returning = returning.collect();
        (returning, answering.take().and_then(Result::err))
    }
}

/// What was loaded for each of these ids. Nobody has asked for others.
pub(super) fn values_of<'id, S>(
    ids: impl Iterator<Item = &'id IdOf<S>>,
    pairs: S::Value,
) -> Vec<Option<ValueOf<S>>>
where
    S: Shape<Value: Pairs<Id: BatchId>>,
{
    let places: HashMap<_, _, QuickHash> = ids.zip(0..).collect();
    let mut values: Vec<_> = places.iter().map(|_| None).collect();
    for (id, value) in pairs.into_pairs() {
        if let Some(at) = places.get(&id) {
            values[*at] = Some(value);
        }
    }
    values
}

fn returned(
    spec: &Declaration,
    (target, leader): (Target, Leader),
    began: Moment,
    answer: &dyn AnyAnswer,
) -> Returned {
    let stored = Stored::new(spec, &target);
    let clock = target.engine.context().clock();
    let provenance = Provenance {
        token: leader.token(),
        observed: leader.observed(),
        cost: clock.now().saturating_since(began),
    };
    let (written, shared) = match answer.judged(spec) {
        Some(judged) => {
            let side = judged.side;
            let written = write(&stored, answer, judged, &provenance);
            // Encoding an unstored value for nobody would be a waste.
            let shared = leader
                .has_followers()
                .then(|| share(&stored, answer, side, &written))
                .flatten();
            (written, shared)
        }
        None => (Err(Event::NotStored), None),
    };
    Returned {
        target,
        leader,
        written,
        shared,
    }
}
