//! A batched call, but for its bodies: what it finds out, and what it makes of that.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::loading::{Answers, Loaded, Loading};
use super::one::{Answer, AnsweringOne, IdOf, One, PolicyOf, ValueOf};
use super::pairs::{BatchId, Kept, Pairs};
use super::refresh::{DueKey, Met, Refresh, Refreshing, due};
use super::rest::{Waited, those_ready, wait};
use super::round::{Round, State};
use crate::cache::answer::{Answer as _, Answering};
use crate::cache::copies::{Copies, serve};
use crate::cache::declaration::Declaration;
use crate::cache::due::Due;
use crate::cache::engine::CacheEngine;
use crate::cache::flight::{Follower, Leader, Tick};
use crate::cache::invalidating::ensure;
use crate::cache::load::{met, waits_for_the_server};
use crate::cache::local::Demand;
use crate::cache::shape::{CacheValue, Shape};
use crate::cache::staleness::Age;
use crate::cache::stored::Stored;
use crate::cache::target::Target;
use crate::cache::turn::{Foreseen, Keeping, Request};
use crate::clock::Moment;
use crate::context::Budget;
use crate::error::{Error, Result};
use crate::hash::QuickHash;
use crate::metrics::Event;

/// A batched call under way.
pub(super) struct Batch<'call, S: Shape<Value: Pairs>, T> {
    pub(super) spec: &'call Declaration,
    pub(super) ids: Vec<IdOf<S>>,
    pub(super) targets: &'call [Target],
    pub(super) policy: &'call PolicyOf<S, T>,
    answers: Vec<Answer<T>>,
    began: (Tick, Moment),
    /// What may still be spent on the backend.
    left: Duration,
    /// What this call loads next, and under what lease; without one it is not stored.
    next: Vec<(usize, Option<Leader>)>,
    /// What others load.
    waiting: Vec<(usize, Waiting<'call, S, T>)>,
    /// What is answered and to be refreshed.
    due: Vec<DueKey<IdOf<S>>>,
}

type Waiting<'call, S, T> = Pin<Box<dyn Future<Output = Waited<One<S, T>>> + Send + 'call>>;

impl<'call, S, T> Batch<'call, S, T>
where
    S: Shape<Value: Pairs<Id: BatchId>>,
    T: CacheValue + Kept<ValueOf<S>>,
{
    pub(super) fn begin(
        spec: &'call Declaration,
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
            due: Vec::new(),
        }
    }

    /// Finds out what is there, who loads what is not, and what is to be refreshed.
    pub(super) async fn find_out(&mut self, demand: Demand) -> Result<(), S::Error> {
        self.keep_off_what_is_pending()?;
        self.find_copies(demand)?;
        self.ask().await
    }

    /// Whether nothing is left to load or to wait for.
    pub(super) fn is_done(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn engine(&self) -> &'call Arc<CacheEngine> {
        &self.targets[0].engine
    }

    /// What a call may spend on the backend.
    pub(super) fn call_budget(&self) -> Duration {
        self.spec.budget.unwrap_or(self.engine().call_budget())
    }

    /// What one id is answered with, which is not known yet.
    fn answering(&self) -> AnsweringOne<'call, S, T> {
        Answering::new(self.policy)
    }

    fn stored(&self, place: usize) -> Stored<'call> {
        Stored::new(self.spec, &self.targets[place])
    }

    /// What an invalidation is about that waits for the server is loaded past the cache: what the
    /// server has may be what was invalidated.
    fn keep_off_what_is_pending(&mut self) -> Result<(), S::Error> {
        for (place, target) in self.targets.iter().enumerate() {
            if target.awaits_invalidation() {
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
    }

    /// Answers from copies in this process what they answer.
    fn find_copies(&mut self, demand: Demand) -> Result<(), S::Error> {
        for place in 0..self.targets.len() {
            if self.is_settled(place) {
                continue;
            }
            let mut answering = self.answering();
            let copies = Copies::new(self.stored(place), answering.judge().copying());
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
        let keeping =
            Copies::new(self.stored(open), self.policy.values.judge().copying()).keeping();
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
                State::Led(leader) => self.load_next(place, Some(leader)),
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
                Ok(found) if stored.age(&found) == Age::Expired => {
                    counters.count(Event::Expired);
                    round.refuse(place, &read.bytes);
                }
                Ok(found) => {
                    Copies::new(stored, answering.judge().copying())
                        .keep(&read, &found, &answering);
                    stored.prolong(&found);
                    if foreseen == Foreseen::No {
                        let lives = stored.lives(&found);
                        let key = self.targets[place].key();
                        self.engine().foresight().saw(key, lives);
                    }
                    let age = stored.age(&found);
                    match due(&stored, &found, age, read) {
                        Some(due) => self.refresh_next(place, due),
                        None => counters.count(met(found.side, age)),
                    }
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

    /// What this id is answered with is to be refreshed.
    fn refresh_next(&mut self, place: usize, due: Box<Due>) {
        let id = self.ids[place].clone();
        self.due.push(DueKey { place, id, due });
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
        self.load_next(place, None);
        Ok(())
    }

    /// This id is loaded next.
    fn load_next(&mut self, place: usize, leader: Option<Leader>) {
        self.answers[place] = Answer::Awaited;
        self.next.push((place, leader));
    }

    /// The load of what is this call's to load.
    pub(super) fn load(&mut self) -> Option<Loading<S, T>> {
        let next = std::mem::take(&mut self.next).into_iter();
        let keys = next.map(|(place, leader)| Loaded {
            place,
            id: self.ids[place].clone(),
            target: self.targets[place].clone(),
            leader,
        });
        Loading::begin(self.spec.clone(), self.policy, keys.collect(), self.left)
    }

    /// Takes what was found out elsewhere.
    pub(super) fn take(&mut self, answers: Answers<T>) {
        for (place, answer) in answers {
            self.answers[place] = answer;
        }
    }

    /// The refresh of what is due, if anything is.
    pub(super) fn refresh(&mut self) -> Option<Refresh<S, T>> {
        let due = std::mem::take(&mut self.due);
        (!due.is_empty()).then(|| Refresh::new(due, self.policy.clone()))
    }

    /// Begins with a refresh that the call waits for.
    pub(super) async fn begin_refresh(
        &mut self,
        refresh: Refresh<S, T>,
    ) -> Option<Refreshing<S, T>> {
        let left = self.left;
        let mut budget = Budget::new(self.engine().context().clock(), left);
        let refreshing = budget.spend(async |_| refresh.begin(left).await).await;
        self.left = budget.left();
        refreshing
    }

    /// Takes what was refreshed of what the call had met. The rest is as good as it is: its refresh
    /// has failed, or is somebody else's.
    pub(super) fn take_refreshed(&mut self, met: Vec<Met>, refreshed: Answers<T>) {
        let places = refreshed.iter().map(|(place, _)| *place);
        let refreshed_places: HashSet<usize, QuickHash> = places.collect();
        for (place, event) in met {
            if !refreshed_places.contains(&place) {
                self.targets[place].note(event);
            }
        }
        self.take(refreshed);
    }

    /// Waits for what others load, until some of it is there.
    pub(super) async fn wait(&mut self) -> Result<(), S::Error> {
        for (place, waited) in those_ready(&mut self.waiting).await {
            match waited {
                Waited::Answered(outcome) => self.answers[place] = Answer::Kept(outcome?),
                Waited::Due(outcome, due) => {
                    self.answers[place] = Answer::Kept(outcome?);
                    self.refresh_next(place, due);
                }
                Waited::Lead(leader) => self.load_next(place, Some(leader)),
                Waited::Alone => {
                    self.targets[place].note(Event::Alone);
                    self.load_next(place, None);
                }
                Waited::Lost(error) => self.without_cache(place, error)?,
            }
        }
        Ok(())
    }

    /// What the call returns.
    pub(super) fn answer(self) -> S::Value {
        let answers = self.ids.into_iter().zip(self.answers);
        S::Value::from_pairs(answers.filter_map(|(id, answer)| match answer {
            Answer::Kept(kept) => Some((id, kept.into_value()?)),
            Answer::Nothing | Answer::Unknown | Answer::Awaited => None,
        }))
    }
}
