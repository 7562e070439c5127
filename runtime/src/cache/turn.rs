//! Whose turn it is: the protocol of one cached call up to the point where it has a value or may load one.

use std::sync::Arc;
use std::time::Duration;

use super::call::Target;
use super::engine::CacheEngine;
use super::flight::{Followed, Follower, Inherited, Leader, Part, Seen, Tick};
use super::groups::{Aim, Glance, Verdict};
use super::index::Retired;
use super::lease::{Acquired, Digest, Lease};
use super::local::{Answered, Reading};
use super::outcome::Outcome;
use super::spec::CacheSpec;
use crate::backend::{Atomicity, Backend, Command, Pipeline, Reply};
use crate::clock::Moment;
use crate::codec::envelope::{self, Token};
use crate::context::{Budget, Heard, Unspent};
use crate::error::{Error, ErrorKind, Result};
use crate::key::TagKey;
use crate::metrics::Event;

/// One call's way to its value.
pub(crate) struct Request<'call> {
    engine: &'call Arc<CacheEngine>,
    spec: &'call CacheSpec,
    target: &'call Target,
    pub(crate) budget: Budget<'call>,
    called: Tick,
    began: Moment,
    refused: Option<Box<Refused>>,
    keeping: Keeping,
    /// Whom the call follows already.
    followed: Option<Follower>,
}

/// A call's way that is to be gone on with, if what it has found cannot be used.
pub(crate) struct Interrupted {
    budget: Unspent,
    called: Tick,
    began: Moment,
    refused: Option<Box<Refused>>,
    keeping: Keeping,
}

/// What was found and is of no use. Boxed by those who hold it, as is all that a hit has no need of: what a call carries is moved from hand to hand.
struct Refused {
    bytes: Digest,
    /// It is still listed by these indexes.
    retired: Vec<Retired>,
}

/// Whether what the call reads is to be kept in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    Yes,
    No,
}

/// What the key holds, what its groups are like, and what it takes to keep a copy.
type Seeing = (Option<Vec<u8>>, Glance, Option<Box<Answered>>);

/// A value that was read.
pub(crate) struct Read {
    pub(crate) bytes: Vec<u8>,
    /// What it takes to keep a copy of it, if that may be done.
    pub(crate) answered: Option<Box<Answered>>,
}

/// What a call is to do.
pub(crate) enum Turn {
    /// Take what the key holds.
    Hit(Read, Foreseen),
    /// Take what another caller of this process loaded.
    Shared(Outcome),
    /// Load and fill.
    Lead(Leader),
    /// Load, and do not fill: another's load has taken longer than this call waits.
    Alone,
    /// The backend cannot be asked.
    Degraded(Error),
}

/// Whether this process believed that the key holds a value. If it did, there is nothing to learn from a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Foreseen {
    Yes,
    No,
}

/// What the leader of a flight found out.
enum Opened {
    Lease(Box<Lease>),
    Value(Read),
    Timeout,
}

/// Whether the server tells when a key changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tracking {
    On,
    Refused,
}

/// How long a call waits between two looks, at first and at most, on a server that tells nothing.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// What a look has found.
enum Looked {
    Value(Read),
    /// No value: this.
    Other(Box<Seen>),
}

/// What a key holds.
enum Held {
    Nothing,
    Lease(Token, Option<Duration>),
    Value(Read),
}

impl<'call> Request<'call> {
    /// A call that begins now.
    pub(crate) fn new(spec: &'call CacheSpec, target: &'call Target, keeping: Keeping) -> Self {
        let engine = &target.engine;
        let context = engine.context();
        let clock = context.clock();
        let began = clock.now();
        let budget = spec.budget.unwrap_or(engine.call_budget());
        Self {
            engine,
            spec,
            target,
            budget: Budget::new(clock, budget),
            called: engine.flights().tick(),
            began,
            refused: None,
            keeping,
            followed: None,
        }
    }

    /// The rest of a call that began then, follows this load of its key if there is one, and has so much of its budget left.
    pub(crate) fn resumed(
        self,
        (called, began): (Tick, Moment),
        followed: Option<Follower>,
        left: Duration,
    ) -> Self {
        Self {
            called,
            began,
            followed,
            budget: Budget::new(self.engine.context().clock(), left),
            ..self
        }
    }

    /// What is to be known to go on with the call.
    pub(crate) fn interrupt(&mut self) -> Interrupted {
        Interrupted {
            budget: self.budget.unspent(),
            called: self.called,
            began: self.began,
            refused: self.refused.take(),
            keeping: self.keeping,
        }
    }

    /// A call that was interrupted.
    pub(crate) fn gone_on_with(
        spec: &'call CacheSpec,
        target: &'call Target,
        interrupted: Interrupted,
    ) -> Self {
        let engine = &target.engine;
        Self {
            engine,
            spec,
            target,
            budget: Budget::of(engine.context().clock(), interrupted.budget),
            called: interrupted.called,
            began: interrupted.began,
            refused: interrupted.refused,
            keeping: interrupted.keeping,
            followed: None,
        }
    }

    fn now(&self) -> Moment {
        self.engine.context().clock().now()
    }

    /// When the wait for another's load ends.
    fn patience(&self) -> Moment {
        self.began + self.spec.wait
    }

    fn call_budget(&self) -> Duration {
        self.spec.budget.unwrap_or(self.engine.call_budget())
    }

    /// The value that was found is of no use: the next turn treats it as a miss.
    pub(crate) fn refuse(&mut self, bytes: &[u8]) {
        // The read that found it was not the last, and what comes next may be a wait for another's load.
        self.budget.settle();
        let before = self.refused.take();
        let mut retired = before.map_or_else(Vec::new, |before| before.retired);
        retired.extend(Retired::of(bytes, self.target.key()));
        let bytes = Digest::of(bytes);
        self.refused = Some(Box::new(Refused { bytes, retired }));
        self.engine.foresight().missed(self.target.key());
    }

    /// Finds out what to do.
    pub(crate) async fn turn(&mut self) -> Turn {
        let mut seen = Seen::Nothing;
        if self.followed.is_none()
            && self
                .engine
                .foresight()
                .expects(self.target.key(), self.began)
            && !self.engine.flights().is_under_way(self.target.key())
        {
            match self.look(self.began, Aim::ToAnswer).await {
                Ok(Looked::Value(read)) => return Turn::Hit(read, Foreseen::Yes),
                Ok(Looked::Other(other)) => seen = *other,
                Err(error) => return Turn::Degraded(error),
            }
        }
        loop {
            let part = match self.followed.take() {
                Some(follower) => Part::Follow(follower),
                None => self
                    .engine
                    .flights()
                    .enter(self.target.key(), self.called, &seen),
            };
            match part {
                // Boxed, like the wait for another's load within it: a hit comes by neither.
                Part::Lead(leader) => return Box::pin(self.open(leader)).await,
                Part::Look => match self.look(self.now(), Aim::ToJoin).await {
                    Ok(Looked::Value(read)) => return Turn::Hit(read, Foreseen::No),
                    Ok(Looked::Other(other)) => seen = *other,
                    Err(error) => return Turn::Degraded(error),
                },
                Part::Follow(follower) => {
                    let clock = self.engine.context().clock();
                    match follower.follow(clock, self.patience()).await {
                        Followed::Promoted(leader) => {
                            return Box::pin(self.take_over(leader)).await;
                        }
                        Followed::Shared(Outcome::Reread) => {
                            match self.look(self.now(), Aim::ToJoin).await {
                                Ok(Looked::Value(read)) => return Turn::Hit(read, Foreseen::No),
                                Ok(Looked::Other(other)) => seen = *other,
                                Err(error) => return Turn::Degraded(error),
                            }
                        }
                        Followed::Shared(Outcome::Degraded(error)) => return Turn::Degraded(error),
                        Followed::Shared(outcome) => return Turn::Shared(outcome),
                        Followed::TimedOut => return Turn::Alone,
                    }
                }
            }
        }
    }

    /// Leads a flight whose leader is gone.
    async fn take_over(&mut self, mut leader: Leader) -> Turn {
        match leader.confirm(&mut self.budget).await {
            Ok(Inherited::Lease) => Turn::Lead(leader),
            Ok(Inherited::Nothing) => self.open(leader).await,
            Err(error) => {
                leader.share(Outcome::Degraded(error.clone()));
                Turn::Degraded(error)
            }
        }
    }

    /// Leads a flight to a lease, or to somebody else's value.
    async fn open(&mut self, mut leader: Leader) -> Turn {
        match self.lease_or_value().await {
            Ok(Opened::Lease(mut lease)) => {
                if let Some(refused) = &mut self.refused {
                    lease.retired.append(&mut refused.retired);
                }
                self.engine.foresight().missed(self.target.key());
                leader.begin(lease);
                Turn::Lead(leader)
            }
            Ok(Opened::Value(read)) => {
                leader.share(Outcome::Reread);
                Turn::Hit(read, Foreseen::No)
            }
            Ok(Opened::Timeout) => Turn::Alone,
            Err(error) => {
                leader.share(Outcome::Degraded(error.clone()));
                Turn::Degraded(error)
            }
        }
    }

    async fn lease_or_value(&mut self) -> Result<Opened> {
        loop {
            let leases = self.engine.leases();
            let refused = self.refused.as_ref().map(|refused| &refused.bytes);
            let asked = leases.acquire(self.target, self.spec, refused, &mut self.budget);
            let held = match asked.await? {
                Acquired::Lease(lease) => return Ok(Opened::Lease(lease)),
                Acquired::Held {
                    bytes,
                    left,
                    observed,
                } => match envelope::lease_token(&bytes, self.target.key().as_bytes()) {
                    None => {
                        self.judged(Read::of(bytes), Some(&observed.glance()))
                            .await?
                    }
                    Some(_) => self.wait_for_change(left).await?,
                },
            };
            match held {
                Held::Nothing => {}
                Held::Value(read) => return Ok(Opened::Value(read)),
                Held::Lease(..) => return Ok(Opened::Timeout),
            }
        }
    }

    /// Waits until another process's lease is filled, given back or has ended; answers a lease only when patience ends.
    async fn wait_for_change(&mut self, mut left: Option<Duration>) -> Result<Held> {
        let context = self.engine.context();
        let clock = context.clock();
        let mut watcher = context.watch_key(self.target.key().as_bytes());
        let mut pause = FIRST_PAUSE;
        loop {
            // Waiting for another's load is as good as loading: each look has the whole budget again.
            self.budget = Budget::new(clock, self.call_budget());
            let (held, tracking) = self.look_and_track().await?;
            let still = match held {
                Held::Lease(_, still) => still,
                Held::Value(bytes) => return self.judged(bytes, None).await,
                Held::Nothing => return Ok(held),
            };
            if self.patience() <= clock.now() {
                return Ok(held);
            }
            left = still.or(left);
            // The server tells when the lease ends, but may take its time to notice that it did.
            let mut until =
                clock.now() + left.unwrap_or(self.spec.lease) + Duration::from_millis(1);
            if tracking == Tracking::Refused {
                context.degradation().without_tracking();
                until = until.min(clock.now() + pause.mul_f32(0.5 + fastrand::f32()));
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            let heard = clock
                .timeout_at(until.min(self.patience()), watcher.hear())
                .await;
            if heard == Ok(Heard::Lost) {
                return Err(Error::new(
                    ErrorKind::Timeout,
                    "wait",
                    "the server stopped answering",
                ));
            }
            // Whether it changed or time is up, the next look tells.
        }
    }

    /// One look at the entry, now, and at what `aim` says beside it.
    async fn look(&mut self, now: Moment, aim: Aim) -> Result<Looked> {
        let (bytes, glance, answered) = match self.keeping {
            // Boxed: calls that keep nothing do not come by it.
            Keeping::Yes => Box::pin(self.read_to_keep(now, aim)).await?,
            Keeping::No => self.read(now, aim).await?,
        };
        let held = match self.sort(bytes, None) {
            Held::Value(read) => {
                let read = Read { answered, ..read };
                self.judged(read, Some(&glance)).await?
            }
            held => held,
        };
        let lease = match held {
            Held::Value(read) => return Ok(Looked::Value(read)),
            Held::Lease(token, _) => Some((token, glance)),
            Held::Nothing => None,
        };
        self.budget.settle();
        self.engine.foresight().missed(self.target.key());
        Ok(Looked::Other(Box::new(Seen::Lease(lease))))
    }

    async fn read(&mut self, now: Moment, aim: Aim) -> Result<Seeing> {
        let backend = self.engine.context().backend();
        let read = self.target.read_entry(aim);
        let call = self.budget.spend_last(now);
        let reply = backend.run(&read, &call).await?;
        let (bytes, glance) = self.target.entry_in(aim, reply)?;
        Ok((bytes, glance, None))
    }

    /// The same, after which the server tells when the key changes, or one of its tags.
    async fn read_to_keep(&mut self, now: Moment, aim: Aim) -> Result<Seeing> {
        let (engine, context) = (self.engine, self.engine.context());
        let key = self.target.key();
        let Some(reading) = Reading::begin(engine.local(), context, key, now) else {
            self.keeping = Keeping::No;
            return self.read(now, aim).await;
        };
        let pipeline = reading.pipeline(self.target.read_entry(aim));
        let call = self.budget.spend_last(now);
        let replies = context.backend().pipeline(&pipeline, &call).await?;
        let (reply, answered) = reading.take(replies)?;
        let (bytes, glance) = self.target.entry_in(aim, reply)?;
        Ok((bytes, glance, answered.map(Box::new)))
    }

    /// This value, unless one of its tags was invalidated.
    async fn judged(&mut self, read: Read, glance: Option<&Glance>) -> Result<Held> {
        let read = match self.target.verdict(&read.bytes, glance) {
            Verdict::Good => return Ok(Held::Value(read)),
            Verdict::Outdated => read,
            // Boxed: most entries have no tags, and those that have are mostly read by whoever knows them. What changes tags that
            // nobody here knows is not told to this process, so no copy is kept.
            Verdict::Ask(tags) => {
                if Box::pin(self.ask(tags)).await? {
                    return Ok(Held::Value(Read::of(read.bytes)));
                }
                read
            }
        };
        self.target.note(Event::Outdated);
        self.refuse(&read.bytes);
        Ok(Held::Nothing)
    }

    /// Whether these tags still have these versions.
    async fn ask(&mut self, versions: Vec<(TagKey, Token)>) -> Result<bool> {
        let tags = self.engine.tags();
        self.budget
            .spend(async |call| tags.all_hold(&versions, &call).await)
            .await
    }

    /// A `GET` after which the server tells when the key changes.
    async fn look_and_track(&mut self) -> Result<(Held, Tracking)> {
        let backend = self.engine.context().backend();
        let pipeline = Pipeline::new(Atomicity::Independent)
            .then(Command::new("CLIENT").arg("CACHING").arg("YES"))
            .then(Command::new("GET").arg(self.target.key()))
            .then(Command::new("PTTL").arg(self.target.key()));
        let replies = self
            .budget
            .spend(async |call| backend.pipeline(&pipeline, &call).await)
            .await?;
        let mut replies = replies.into_iter();
        let mut next = |operation| replies.next().unwrap_or(Reply::Nil).checked(operation);
        let tracking = match next("CLIENT CACHING") {
            Ok(_) => Tracking::On,
            Err(_) => Tracking::Refused,
        };
        let bytes = next("GET")?.into_bytes("GET")?;
        let left = u64::try_from(next("PTTL")?.into_int("PTTL")?).ok();
        Ok((self.sort(bytes, left.map(Duration::from_millis)), tracking))
    }

    /// What these bytes are to this call.
    fn sort(&self, bytes: Option<Vec<u8>>, left: Option<Duration>) -> Held {
        let Some(bytes) = bytes else {
            return Held::Nothing;
        };
        match envelope::lease_token(&bytes, self.target.key().as_bytes()) {
            Some(token) => Held::Lease(token, left),
            None if self
                .refused
                .as_ref()
                .is_some_and(|refused| refused.bytes == Digest::of(&bytes)) =>
            {
                Held::Nothing
            }
            None => Held::Value(Read::of(bytes)),
        }
    }
}

impl Read {
    /// A value of which no copy may be kept: the server will not tell when it changes.
    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            answered: None,
        }
    }
}
