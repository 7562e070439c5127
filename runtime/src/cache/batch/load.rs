//! A batched call, from its ids to its return.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use tracing::Instrument;

use super::call::BatchCall;
use super::loading::{Loading, Returned, settle};
use super::pairs::{BatchId, Kept, Pairs};
use super::rest::{Waited, those_ready, wait};
use super::round::{Round, State};
use crate::cache::answer::{Answer as _, Answering, Side};
use crate::cache::call::Target;
use crate::cache::copies::{Copies, serve};
use crate::cache::engine::CacheEngine;
use crate::cache::flight::{Follower, Leader, Tick};
use crate::cache::idle::prolong;
use crate::cache::load::waits_for_the_server;
use crate::cache::loading::{share, write};
use crate::cache::local::Demand;
use crate::cache::pending::ensure;
use crate::cache::policy::Policy;
use crate::cache::session::span;
use crate::cache::shape::{CacheValue, Fallible, Shape};
use crate::cache::spec::CacheSpec;
use crate::cache::stored::{Provenance, Stored};
use crate::cache::turn::{Foreseen, Keeping, Request};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::hash::QuickHash;
use crate::metrics::Event;

/// The ids of a batched function, and what it returns for one.
pub(crate) type IdOf<S> = <<S as Shape>::Value as Pairs>::Id;
pub(crate) type ValueOf<S> = <<S as Shape>::Value as Pairs>::Value;

/// How what is stored for one id is treated, where `T` is stored.
pub(crate) type PolicyOf<S, T> = Policy<Fallible<Result<T, <S as Shape>::Error>>>;

/// Answers from the cache, or by the body, which gets the ids that are missing: once as a rule, and not at all when there are none.
/// It runs once more only for ids that others were loading and did not load after all.
///
/// Which call it is, is asked when it begins. The call is a `tracing` span, `cache`, of the level DEBUG.
pub(crate) async fn batched<S, T, B, F>(
    call: impl FnOnce() -> BatchCall<IdOf<S>>,
    policy: impl Into<PolicyOf<S, T>>,
    body: B,
) -> S::Return
where
    S: Shape<Value: Pairs<Id: BatchId>>,
    T: CacheValue + Kept<ValueOf<S>>,
    B: Fn(Vec<IdOf<S>>) -> F,
    F: Future<Output = S::Return>,
{
    let policy = policy.into();
    let BatchCall {
        spec,
        ids,
        targets,
        demand,
    } = call().without_repetitions();
    match targets {
        // Nothing is asked for.
        Ok(targets) if targets.is_empty() => S::join(Ok(S::Value::from_pairs(std::iter::empty()))),
        Ok(targets) => {
            let span = span("batched", spec.namespace);
            let batch = Batch::<S, T>::begin(&spec, ids, &targets, &policy);
            S::join(batch.run(demand, body).instrument(span).await)
        }
        Err(error) => match policy.rescue() {
            Some(rescue) => S::join(Err(rescue(error))),
            None => body(ids).await,
        },
    }
}

/// A batched call under way.
struct Batch<'call, S: Shape<Value: Pairs>, T> {
    spec: &'call CacheSpec,
    ids: Vec<IdOf<S>>,
    targets: &'call [Target],
    policy: &'call PolicyOf<S, T>,
    answers: Vec<Answer<T>>,
    began: (Tick, Moment),
    /// What may still be spent on the backend.
    left: Duration,
    /// What this call loads next, and under what lease; without one it is not stored.
    next: Vec<(usize, Option<Leader>)>,
    /// What others load.
    waiting: Vec<(usize, Waiting<'call, S, T>)>,
}

/// What is known of an id.
enum Answer<T> {
    Unknown,
    /// There is no value, and nothing that stands for that.
    Nothing,
    /// What is stored for it, or would be.
    Kept(T),
}

/// What one id is answered with.
type AnsweringOne<'call, S, T> =
    Answering<Fallible<Result<T, <S as Shape>::Error>>, &'call PolicyOf<S, T>>;

type Waiting<'call, S, T> =
    Pin<Box<dyn Future<Output = Waited<Fallible<Result<T, <S as Shape>::Error>>>> + Send + 'call>>;

impl<'call, S, T> Batch<'call, S, T>
where
    S: Shape<Value: Pairs<Id: BatchId>>,
    T: CacheValue + Kept<ValueOf<S>>,
{
    fn begin(
        spec: &'call CacheSpec,
        ids: Vec<IdOf<S>>,
        targets: &'call [Target],
        policy: &'call PolicyOf<S, T>,
    ) -> Self {
        let engine = &targets[0].engine;
        Self {
            spec,
            ids,
            targets,
            policy,
            answers: targets.iter().map(|_| Answer::Unknown).collect(),
            began: (engine.flights().tick(), engine.context().clock().now()),
            left: spec.budget.unwrap_or(engine.call_budget()),
            next: Vec::new(),
            waiting: Vec::new(),
        }
    }

    /// The whole call. Only this knows the body.
    async fn run<B, F>(mut self, demand: Demand, body: B) -> Result<S::Value, S::Error>
    where
        B: Fn(Vec<IdOf<S>>) -> F,
        F: Future<Output = S::Return>,
    {
        self.keep_off_what_is_pending()?;
        self.find_copies(demand)?;
        self.ask().await?;
        loop {
            if let Some(mut loading) = self.load() {
                let mut running = pin!(body(self.ids_of(&loading)));
                let returned = poll_fn(|context| {
                    let polled = running.as_mut().poll(context);
                    if polled.is_pending() {
                        loading.keep(context);
                    }
                    polled
                });
                let returned = returned.await;
                self.store(loading, S::split(returned)).await?;
            }
            if self.waiting.is_empty() {
                return Ok(self.answer());
            }
            self.wait().await?;
        }
    }

    fn engine(&self) -> &'call Arc<CacheEngine> {
        &self.targets[0].engine
    }

    /// What one id is answered with, which is not known yet.
    fn answering(&self) -> AnsweringOne<'call, S, T> {
        Answering::new(self.policy)
    }

    fn stored(&self, place: usize) -> Stored<'call> {
        Stored::new(self.spec, &self.targets[place])
    }

    /// What an invalidation is about that waits for the server is loaded past the cache: what the server has may be what was
    /// invalidated.
    fn keep_off_what_is_pending(&mut self) -> Result<(), S::Error> {
        let pending = self.engine().pending();
        for (place, target) in self.targets.iter().enumerate() {
            if pending.covers(target) {
                target.note(Event::Degraded);
                ensure(self.engine());
                self.by_itself(place, waits_for_the_server())?;
            }
        }
        Ok(())
    }

    /// Whether nothing is to be asked about an id any more.
    fn is_settled(&self, place: usize) -> bool {
        !matches!(self.answers[place], Answer::Unknown)
            || self.next.iter().any(|(at, _)| *at == place)
    }

    /// Answers from copies in this process what they answer.
    fn find_copies(&mut self, demand: Demand) -> Result<(), S::Error> {
        for place in 0..self.targets.len() {
            if self.is_settled(place) {
                continue;
            }
            let mut answering = self.answering();
            let copies = Copies::new(self.stored(place), answering.copying());
            let Some(copy) = copies.find(demand) else {
                continue;
            };
            if serve(&copy, self.spec.codec, &mut answering).is_some()
                && let Some(outcome) = answering.take()
            {
                self.answers[place] = Answer::Kept(outcome?);
            }
        }
        Ok(())
    }

    /// Asks the server, until it is known of each id who loads it, if anybody has to.
    async fn ask(&mut self) -> Result<(), S::Error> {
        let mut places = 0..self.targets.len();
        let Some(open) = places.find(|place| !self.is_settled(*place)) else {
            return Ok(());
        };
        let keeping = Copies::new(self.stored(open), self.answering().copying()).keeping();
        let mut round = Round::begin(
            self.spec,
            self.targets,
            self.engine(),
            keeping,
            self.began,
            |place| self.is_settled(place),
        );
        while round.has_questions() {
            round.ask().await;
            self.read(&mut round)?;
        }
        self.left = round.budget.left();
        for (place, state) in round.states.into_iter().enumerate() {
            match state {
                State::Led(leader) => self.next.push((place, Some(leader))),
                State::Followed(follower) => self.wait_for(place, keeping, Some(follower)),
                State::Elsewhere => self.wait_for(place, keeping, None),
                State::Lost(error) => self.without_cache(place, error)?,
                State::Answered | State::Found(..) | State::Unread(..) | State::Vacant(_) => {}
            }
        }
        Ok(())
    }

    /// Takes the values that were found.
    fn read(&mut self, round: &mut Round<'_>) -> Result<(), S::Error> {
        let counters = self.engine().context().metrics().of(self.spec.namespace);
        for place in 0..self.targets.len() {
            let Some((read, foreseen)) = round.take_found(place) else {
                continue;
            };
            let stored = self.stored(place);
            let mut answering = self.answering();
            match stored.read(&mut answering, &read.bytes) {
                // What is stale is loaded: nobody refreshes behind a batch.
                Ok(found) if !stored.age(&found).is_fresh() => {
                    counters.count(Event::Expired);
                    round.refuse(place, &read.bytes);
                }
                Ok(found) => {
                    Copies::new(stored, answering.copying()).keep(&read, &found, &answering);
                    prolong(&stored, &found);
                    if foreseen == Foreseen::No {
                        let lives = stored.lives(&found);
                        let key = &self.targets[place].key;
                        self.engine().foresight().saw(key, lives);
                    }
                    counters.count(match found.side {
                        Side::Value => Event::Hit,
                        Side::Error => Event::NegativeHit,
                    });
                    if let Some(outcome) = answering.take() {
                        self.answers[place] = Answer::Kept(outcome?);
                    }
                }
                Err(event) => {
                    counters.count(event);
                    round.refuse(place, &read.bytes);
                }
            }
        }
        Ok(())
    }

    fn wait_for(&mut self, place: usize, keeping: Keeping, followed: Option<Follower>) {
        let request = Request::new(self.spec, &self.targets[place], keeping);
        let request = request.resumed(self.began, followed, self.left);
        let waiting = wait(self.stored(place), self.policy, request);
        self.waiting.push((place, Box::pin(waiting)));
    }

    /// The id's way when the cache cannot be asked.
    fn without_cache(&mut self, place: usize, error: Error) -> Result<(), S::Error> {
        self.targets[place].note(Event::Degraded);
        self.engine().context().degradation().failed(&error);
        self.by_itself(place, error)
    }

    /// The id is loaded and not stored, or its error is the call's.
    fn by_itself(&mut self, place: usize, error: Error) -> Result<(), S::Error> {
        if let Some(rescue) = self.policy.rescue() {
            return Err(rescue(error));
        }
        self.next.push((place, None));
        Ok(())
    }

    /// The load of what is this call's to load.
    fn load(&mut self) -> Option<Loading> {
        let next = std::mem::take(&mut self.next);
        Loading::begin(next, self.targets)
    }

    fn ids_of(&self, loading: &Loading) -> Vec<IdOf<S>> {
        let places = loading.keys.iter().map(|(place, _)| *place);
        places.map(|place| self.ids[place].clone()).collect()
    }

    /// Takes what the body has returned, and stores it.
    async fn store(
        &mut self,
        loading: Loading,
        returned: Result<S::Value, S::Error>,
    ) -> Result<(), S::Error> {
        let (returning, failed) = match returned {
            Ok(pairs) => (self.take_pairs(loading, pairs), None),
            Err(error) => {
                let mut answering = AnsweringOne::<S, T>::of(self.policy, Err(error));
                let returning = self.take_failure(loading, &answering);
                (returning, answering.take().and_then(Result::err))
            }
        };
        settle(self.targets, returning, self.left).await;
        failed.map_or(Ok(()), Err)
    }

    /// The values that were loaded, and that there are none, as they are to be stored.
    fn take_pairs(&mut self, loading: Loading, pairs: S::Value) -> Vec<Returned> {
        let places = loading.keys.iter().enumerate();
        let places = places.map(|(at, (place, _))| (&self.ids[*place], at));
        let places: HashMap<_, _, QuickHash> = places.collect();
        let mut values: Vec<Option<ValueOf<S>>> = loading.keys.iter().map(|_| None).collect();
        for (id, value) in pairs.into_pairs() {
            // Nobody has asked for others.
            if let Some(at) = places.get(&id) {
                values[*at] = Some(value);
            }
        }
        let mut returning = Vec::with_capacity(loading.keys.len());
        for ((place, leader), value) in loading.keys.into_iter().zip(values) {
            let is_there = value.is_some();
            let Some(kept) = T::of(value) else {
                returning.extend(leader.map(|leader| Returned::of_nothing(place, leader)));
                self.answers[place] = Answer::Nothing;
                continue;
            };
            let mut answering = AnsweringOne::<S, T>::of(self.policy, Ok(kept));
            if let Some(leader) = leader {
                let mut returned = self.returned(place, leader, loading.began, &answering);
                if is_there {
                    returned.refuse_what_reads_like(&self.nothing());
                }
                returning.push(returned);
            }
            self.answers[place] = match answering.take() {
                Some(Ok(kept)) => Answer::Kept(kept),
                _ => Answer::Nothing,
            };
        }
        returning
    }

    /// The error of a load, for those who wait for one of its keys.
    fn take_failure(&self, loading: Loading, answering: &AnsweringOne<'_, S, T>) -> Vec<Returned> {
        let keys = loading.keys.into_iter();
        let keys = keys.filter_map(|(place, leader)| Some((place, leader?)));
        keys.map(|(place, leader)| self.returned(place, leader, loading.began, answering))
            .collect()
    }

    fn returned(
        &self,
        place: usize,
        leader: Leader,
        began: Moment,
        answering: &AnsweringOne<'_, S, T>,
    ) -> Returned {
        let stored = self.stored(place);
        let clock = self.engine().context().clock();
        let provenance = Provenance {
            token: leader.token(),
            observed: leader.observed(),
            cost: clock.now().saturating_since(began),
        };
        let (written, shared) = match answering.judged(self.spec) {
            Some(judged) => {
                let side = judged.side;
                let written = write(&stored, answering, judged, None, &provenance);
                // Encoding an unstored value for nobody would be a waste.
                let shared = leader
                    .has_followers()
                    .then(|| share(&stored, answering, side, &written))
                    .flatten();
                (written, shared)
            }
            None => (Err(Event::NotStored), None),
        };
        Returned {
            place,
            leader,
            written,
            shared,
        }
    }

    /// How that there is no value is encoded; nothing if it cannot be.
    fn nothing(&self) -> Vec<u8> {
        let mut encoded = Vec::new();
        match T::of(None).map(|nothing| self.spec.codec.encode(&nothing, &mut encoded)) {
            Some(Ok(())) => encoded,
            _ => Vec::new(),
        }
    }

    /// Waits for what others load, until some of it is there.
    async fn wait(&mut self) -> Result<(), S::Error> {
        for (place, waited) in those_ready(&mut self.waiting).await {
            match waited {
                Waited::Answered(outcome) => self.answers[place] = Answer::Kept(outcome?),
                Waited::Lead(leader) => self.next.push((place, Some(leader))),
                Waited::Alone => {
                    self.targets[place].note(Event::Alone);
                    self.next.push((place, None));
                }
                Waited::Lost(error) => self.without_cache(place, error)?,
            }
        }
        Ok(())
    }

    /// What the call returns.
    fn answer(self) -> S::Value {
        let answers = self.ids.into_iter().zip(self.answers);
        S::Value::from_pairs(answers.filter_map(|(id, answer)| match answer {
            Answer::Kept(kept) => Some((id, kept.into_value()?)),
            Answer::Nothing | Answer::Unknown => None,
        }))
    }
}
