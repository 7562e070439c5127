//! The first questions of a batch: whatever can be told of its keys by a round trip for all of them
//! together.
//!
//! It is the protocol of one call ([`turn`](crate::cache::turn)) up to where a call would have to
//! wait for others. What then is left is waited for key by key, after this call has loaded what is
//! its to load: nobody who waits holds a lease that somebody else may be waiting for.

use std::sync::Arc;

use super::look::{Look, Sight};
use super::observing::Observing;
use crate::backend::Call;
use crate::cache::belonging::{Aim, Verdict};
use crate::cache::engine::CacheEngine;
use crate::cache::flight::{Caller, Follower, Leader, Part, Seen, Tick};
use crate::cache::index::Retired;
use crate::cache::lease::{Acquired, Digest};
use crate::cache::local::{Answered, Readings};
use crate::cache::outcome::Outcome;
use crate::cache::spec::CacheSpec;
use crate::cache::target::Target;
use crate::cache::turn::{Foreseen, Keeping, Read};
use crate::clock::Moment;
use crate::codec::envelope;
use crate::context::{Budget, Question};
use crate::error::{Error, Result};
use crate::metrics::Event;

/// What is known of the keys of a batch.
pub(super) struct Round<'call> {
    engine: &'call Arc<CacheEngine>,
    spec: &'call CacheSpec,
    targets: &'call [Target],
    pub(super) states: Vec<State>,
    pub(super) budget: Budget<'call>,
    called: Tick,
    keeping: Keeping,
}

/// What is known of one key.
pub(super) enum State {
    /// Its caller has an answer, or somebody is about to get one.
    Answered,
    /// It is to be read.
    Unread(Aim, Foreseen),
    /// It holds nothing, as far as is known: its lease is to be asked for.
    Vacant(Box<Vacancy>),
    /// It holds this, at which the caller has to look.
    Found(Read, Foreseen),
    /// This call loads it.
    Led(Leader),
    /// Another caller of this process is at it.
    Followed(Follower),
    /// Another process loads it.
    Elsewhere,
    /// The server could not be asked about it.
    Lost(Error),
}

/// A key that this call would load.
pub(super) struct Vacancy {
    leader: Leader,
    refused: Option<Refused>,
}

/// What is there and of no use.
struct Refused {
    digest: Digest,
    /// It is still listed by these indexes.
    retired: Option<Retired>,
}

/// What one round trip has told.
struct Answers {
    /// What was seen of each unread key, and what it takes to keep a copy of it.
    sights: Vec<(Sight, Option<Answered>)>,
    acquired: Vec<Result<Acquired>>,
}

/// A value that was read, until it is known whether it is as good as when it was stored.
struct Value {
    place: usize,
    read: Read,
    foreseen: Foreseen,
    verdict: Verdict,
    /// The part of this call, if it was about to load the key.
    leader: Option<Leader>,
}

impl<'call> Round<'call> {
    /// A batch that begins now, some of whose keys are answered already.
    pub(super) fn begin(
        spec: &'call CacheSpec,
        targets: &'call [Target],
        engine: &'call Arc<CacheEngine>,
        keeping: Keeping,
        began: (Tick, Moment),
        is_answered: impl Fn(usize) -> bool,
    ) -> Self {
        let (called, now) = began;
        let budget = spec.budget.unwrap_or(engine.call_budget());
        let mut round = Self {
            engine,
            spec,
            targets,
            states: Vec::with_capacity(targets.len()),
            budget: Budget::new(engine.context().clock(), budget),
            called,
            keeping,
        };
        for (place, target) in targets.iter().enumerate() {
            let state = if is_answered(place) {
                State::Answered
            } else if engine.foresight().expects(target.key(), now)
                && !engine.flights().is_under_way(target.key())
            {
                State::Unread(Aim::ToAnswer, Foreseen::Yes)
            } else {
                round.enter(place, &Seen::Nothing, None)
            };
            round.states.push(state);
        }
        round
    }

    /// Whether there is something to ask.
    pub(super) fn has_questions(&self) -> bool {
        let is_open = |state: &State| matches!(state, State::Unread(..) | State::Vacant(_));
        self.states.iter().any(is_open)
    }

    /// Asks all that there is to ask, in one round trip. What cannot be asked is lost.
    pub(super) async fn ask(&mut self) {
        let unread = self.places(|state| matches!(state, State::Unread(..)));
        let vacant = self.places(|state| matches!(state, State::Vacant(_)));
        match self.ask_about(&unread, &vacant).await {
            Ok(Answers { sights, acquired }) => {
                self.engine.context().degradation().answered();
                let mut values = Vec::new();
                for (place, acquired) in vacant.into_iter().zip(acquired) {
                    values.extend(self.take_acquired(place, acquired));
                }
                for (place, (sight, kept)) in unread.into_iter().zip(sights) {
                    values.extend(self.take_sight(place, sight, kept));
                }
                self.judge(values).await;
            }
            Err(error) => {
                for place in unread.into_iter().chain(vacant) {
                    self.lose(place, error.clone());
                }
            }
        }
    }

    /// What was found under a key, for the caller to look at.
    pub(super) fn take_found(&mut self, place: usize) -> Option<(Read, Foreseen)> {
        let state = &mut self.states[place];
        if !matches!(state, State::Found(..)) {
            return None;
        }
        match std::mem::replace(state, State::Answered) {
            State::Found(read, foreseen) => Some((read, foreseen)),
            _ => None,
        }
    }

    /// The value that was found under a key is of no use: it is a miss.
    pub(super) fn refuse(&mut self, place: usize, bytes: &[u8]) {
        let target = &self.targets[place];
        self.engine.foresight().missed(target.key());
        let refused = Refused::of(bytes, target);
        self.states[place] = self.enter(place, &Seen::Lease(None), Some(refused));
    }

    fn places(&self, wanted: impl Fn(&State) -> bool) -> Vec<usize> {
        let states = self.states.iter().enumerate();
        let wanted = states.filter(|(_, state)| wanted(state));
        wanted.map(|(place, _)| place).collect()
    }

    /// The call's part in loading a key.
    fn enter(&self, place: usize, seen: &Seen, refused: Option<Refused>) -> State {
        let key = self.targets[place].key();
        let now = self.engine.context().clock().now();
        let budget = self.spec.budget.unwrap_or(self.engine.call_budget());
        let caller = Caller::new(self.called, seen, now, (self.spec.wait, budget));
        match self.engine.flights().enter(key, &caller) {
            Part::Lead(leader) => State::Vacant(Box::new(Vacancy { leader, refused })),
            Part::Follow(follower) => State::Followed(follower),
            Part::Look => State::Unread(Aim::ToJoin, Foreseen::No),
        }
    }

    fn lose(&mut self, place: usize, error: Error) {
        if let State::Vacant(vacancy) = &self.states[place] {
            vacancy.leader.share(Outcome::Degraded(error.clone()));
        }
        self.states[place] = State::Lost(error);
    }

    /// What was seen of the unread keys, and what became of the leases on the vacant ones.
    async fn ask_about(&mut self, unread: &[usize], vacant: &[usize]) -> Result<Answers> {
        let (targets, spec) = (self.targets, self.spec);
        let engine = self.engine;
        let context = engine.context();
        let aim = |place: &usize| match self.states[*place] {
            State::Unread(aim, _) => aim,
            _ => Aim::ToAnswer,
        };
        let look = Look::at(unread.iter().map(|at| (&targets[*at], aim(at))).collect());
        let reads = look.commands();
        let count = reads.len();
        let readings = match self.keeping {
            Keeping::Yes if !unread.is_empty() => {
                let keys = unread.iter().map(|at| targets[*at].key());
                Readings::begin(engine.local(), context, keys, context.clock().now())
            }
            _ => None,
        };
        let commands = match &readings {
            Some(readings) => readings.commands(reads),
            None => reads,
        };
        let of_look = commands.len();
        let wanted = || vacant.iter().map(|at| &targets[*at]);
        let mut asked = engine
            .leases()
            .ask_for(wanted().map(Target::key), spec.lease);
        let observing = Observing::of(wanted().collect());

        let mut questions: Vec<_> = commands.into_iter().map(Question::Command).collect();
        let refused = vacant.iter().map(|at| match &self.states[*at] {
            State::Vacant(vacancy) => vacancy.refused.as_ref().map(|refused| &refused.digest),
            _ => None,
        });
        questions.extend(asked.questions(refused));
        questions.extend(observing.questions(engine, spec));
        let replies = self
            .budget
            .spend(async |call| context.ask(&questions, &call).await)
            .await;
        drop(questions);
        let replies = replies.inspect_err(|error| asked.were_refused(error));
        let mut replies = replies?.into_iter();

        let of_look = replies.by_ref().take(of_look);
        let (reads, kept) = match readings {
            Some(readings) => readings.take(count, of_look),
            None => (of_look.collect(), unread.iter().map(|_| None).collect()),
        };
        let sights = look.seen(reads.into_iter())?;
        let of_leases: Vec<_> = replies.by_ref().take(vacant.len()).collect();
        let observed = observing.observed(replies.collect());
        let acquired = asked.answered(of_leases.into_iter(), observed);
        Ok(Answers {
            sights: sights.into_iter().zip(kept).collect(),
            acquired: acquired.collect(),
        })
    }

    /// What has come of asking for a lease; a value if there is one.
    fn take_acquired(&mut self, place: usize, acquired: Result<Acquired>) -> Option<Value> {
        let state = std::mem::replace(&mut self.states[place], State::Answered);
        let State::Vacant(vacancy) = state else {
            self.states[place] = state;
            return None;
        };
        let target = &self.targets[place];
        let Vacancy {
            mut leader,
            refused,
        } = *vacancy;
        match acquired {
            Ok(Acquired::Lease(mut lease)) => {
                lease.retired.extend(refused.and_then(|it| it.retired));
                self.engine.foresight().missed(target.key());
                leader.begin(lease);
                self.states[place] = State::Led(leader);
                None
            }
            Ok(Acquired::Held {
                bytes, observed, ..
            }) => {
                if envelope::lease_token(&bytes, target.key().as_bytes()).is_some() {
                    // Whoever follows in this process is to wait for it without this call, which
                    // may have a body to run first.
                    drop(leader);
                    self.states[place] = State::Elsewhere;
                    return None;
                }
                Some(Value {
                    place,
                    verdict: target.verdict(&bytes, Some(&observed.glance())),
                    read: Read::of(bytes),
                    foreseen: Foreseen::No,
                    leader: Some(leader),
                })
            }
            Err(error) => {
                leader.share(Outcome::Degraded(error.clone()));
                self.states[place] = State::Lost(error);
                None
            }
        }
    }

    /// What was seen under a key; a value if there is one.
    fn take_sight(&mut self, place: usize, sight: Sight, kept: Option<Answered>) -> Option<Value> {
        let target = &self.targets[place];
        let (bytes, glance) = sight;
        let lease = bytes
            .as_deref()
            .map(|bytes| envelope::lease_token(bytes, target.key().as_bytes()));
        match (bytes, lease) {
            (Some(bytes), Some(None)) => Some(Value {
                place,
                verdict: target.verdict(&bytes, Some(&glance)),
                read: Read {
                    bytes,
                    answered: kept.map(Box::new),
                },
                foreseen: match self.states[place] {
                    State::Unread(_, foreseen) => foreseen,
                    _ => Foreseen::No,
                },
                leader: None,
            }),
            (_, lease) => {
                self.engine.foresight().missed(target.key());
                let seen = Seen::Lease(lease.flatten().map(|token| (token, glance)));
                self.states[place] = self.enter(place, &seen, None);
                None
            }
        }
    }

    /// Finds out which of these are as good as when they were stored.
    async fn judge(&mut self, values: Vec<Value>) {
        let doubtful = values.iter().filter(|value| value.is_doubtful());
        let entries: Vec<_> = doubtful
            .map(|value| (self.targets[value.place].key(), value.read.bytes.as_slice()))
            .collect();
        let mut holds = if entries.is_empty() {
            Ok(Vec::new())
        } else {
            let tags = self.engine.tags();
            let ask = async |call: Call| tags.hold(entries.into_iter(), &call).await;
            self.budget.spend(ask).await
        }
        .map(Vec::into_iter);
        for value in values {
            let holds = match (&value.verdict, &mut holds) {
                (Verdict::Good, _) => true,
                (Verdict::Outdated, _) => false,
                (Verdict::Ask(_), Ok(holds)) => holds.next().unwrap_or(false),
                (Verdict::Ask(_), Err(error)) => {
                    let error = error.clone();
                    value
                        .leader
                        .inspect(|leader| leader.share(Outcome::Degraded(error.clone())));
                    self.states[value.place] = State::Lost(error);
                    continue;
                }
            };
            self.sort(value, holds);
        }
    }

    fn sort(&mut self, value: Value, holds: bool) {
        let place = value.place;
        if holds {
            if let Some(leader) = &value.leader {
                leader.share(Outcome::Reread);
            }
            let is_known = !value.is_doubtful();
            // What changes tags that nobody here knows is not told to this process.
            let read = if is_known {
                value.read
            } else {
                Read::of(value.read.bytes)
            };
            self.states[place] = State::Found(read, value.foreseen);
            return;
        }
        let target = &self.targets[place];
        target.note(Event::Outdated);
        match value.leader {
            Some(leader) => {
                let refused = Refused::of(&value.read.bytes, target);
                let vacancy = Vacancy {
                    leader,
                    refused: Some(refused),
                };
                self.states[place] = State::Vacant(Box::new(vacancy));
            }
            None => self.refuse(place, &value.read.bytes),
        }
    }
}

impl Value {
    /// Whether it has tags that the call knows nothing of.
    fn is_doubtful(&self) -> bool {
        matches!(self.verdict, Verdict::Ask(_))
    }
}

impl Refused {
    fn of(bytes: &[u8], target: &Target) -> Self {
        Self {
            digest: Digest::of(bytes),
            retired: Retired::of(bytes, target.key()),
        }
    }
}
