//! Where operations are carried out: one at a time, seen by whoever writes the history, and dropped
//! where the plan says so.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use super::action::Action;
use super::address::Address;
use super::history::{Actor, Ending, Event, Record};
use super::source::{Source, Value};
use crate::backend::memory::{LinkControl, Passage, Request, Way};
use crate::cache::{InvalidationToken, SCRIPTS};
use crate::clock::{Clock, Moment};

/// What all operations of a simulation share.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) source: Source,
    /// The time by which the history is written. Nobody moves it.
    pub(super) clock: Clock,
    began: Moment,
    record: Mutex<Record>,
    /// Who is being polled.
    current: Mutex<Option<Current>>,
    /// The last invalidation of each entry that is known to everybody to be done.
    tokens: Mutex<BTreeMap<Address, InvalidationToken>>,
    traffic: Traffic,
}

/// Whether what passes the links is written down as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Traffic {
    Unseen,
    Written,
}

/// When an operation is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crash {
    Never,
    /// After so many polls.
    AtPoll(u32),
    /// When so many requests have left, the last of them never.
    AtRequest(u32),
    /// When so many requests have run, before the last one's reply arrives.
    AtReply(u32),
    /// Now.
    Due,
}

#[derive(Debug)]
struct Current {
    operation: usize,
    crash: Crash,
}

impl Stage {
    /// An empty stage at this time.
    pub(super) fn new(clock: Clock, traffic: Traffic) -> Arc<Self> {
        Arc::new(Self {
            source: Source::new(),
            began: clock.now(),
            clock,
            record: Mutex::default(),
            current: Mutex::default(),
            tokens: Mutex::default(),
            traffic,
        })
    }

    /// How much time has passed.
    pub(super) fn now(&self) -> Duration {
        self.clock.now().saturating_since(self.began)
    }

    /// Writes down what happens.
    pub(super) fn note(&self, event: Event) {
        let now = self.now();
        self.record().note(now, event);
    }

    /// Writes down something about the record itself, at the time that it is.
    pub(super) fn write<T>(&self, write: impl FnOnce(&mut Record, Duration) -> T) -> T {
        let now = self.now();
        write(&mut self.record(), now)
    }

    /// Takes the record away: nothing that happens later is in it.
    pub(super) fn take_record(&self) -> Record {
        std::mem::take(&mut *self.record())
    }

    /// Tells everybody that this entry was invalidated.
    pub(super) fn tell(&self, address: Address, token: InvalidationToken) {
        let mut tokens = lock(&self.tokens);
        let latest = tokens.entry(address).or_insert(token);
        *latest = token.max(*latest);
    }

    /// The last invalidation of this entry that everybody was told of.
    pub(super) fn told(&self, address: Address) -> Option<InvalidationToken> {
        lock(&self.tokens).get(&address).copied()
    }

    /// Looks at everything that passes this node's link from now on.
    pub(super) fn observe(self: &Arc<Self>, node: usize, link: &LinkControl) {
        let stage = Arc::clone(self);
        link.observe(move |way, request| stage.pass(node, way, request));
    }

    fn pass(&self, node: usize, way: Way, request: Request<'_>) -> Passage {
        let mut current = lock(&self.current);
        if self.traffic == Traffic::Written {
            let passes = Event::Passes {
                node,
                operation: current.as_ref().map(|current| current.operation),
                what: describe(way, request),
            };
            self.note(passes);
        }
        let Some(current) = &mut *current else {
            return Passage::Free;
        };
        if way == Way::There {
            self.record().asks(current.operation);
        }
        current.crash = match (current.crash, way) {
            (Crash::AtRequest(left), Way::There) => Crash::AtRequest(left).nearer(),
            (Crash::AtReply(left), Way::Back) => Crash::AtReply(left).nearer(),
            (crash, _) => crash,
        };
        match current.crash {
            Crash::Due => Passage::Closed,
            _ => Passage::Free,
        }
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        lock(&self.record)
    }
}

impl Crash {
    /// One poll, request or reply later.
    fn nearer(self) -> Self {
        match self {
            Self::AtPoll(left) if left > 1 => Self::AtPoll(left - 1),
            Self::AtRequest(left) if left > 1 => Self::AtRequest(left - 1),
            Self::AtReply(left) if left > 1 => Self::AtReply(left - 1),
            Self::Never => Self::Never,
            _ => Self::Due,
        }
    }
}

/// What a request is, in words.
fn describe(way: Way, request: Request<'_>) -> String {
    let (before, behind) = match way {
        Way::There => ("asks: ", ""),
        Way::Back => ("", " has run"),
    };
    let script = match request {
        Request::Command(command) if command.name() == "EVALSHA" => command
            .words()
            .nth(1)
            .and_then(script_name)
            .unwrap_or("a script"),
        _ => request.name(),
    };
    format!("{before}{script}{behind}")
}

/// What the script with this digest is called.
fn script_name(digest: &[u8]) -> Option<&'static str> {
    let script = SCRIPTS.iter().find(|(_, text)| {
        let known = sha1_smol::Sha1::from(text.as_bytes()).digest();
        known.to_string().as_bytes() == digest
    });
    script.map(|(name, _)| *name)
}

/// An operation under way. It writes down its own end, however it ends.
pub(super) struct Acting {
    stage: Arc<Stage>,
    operation: usize,
    crash: Crash,
    hesitation: Hesitation,
    future: Option<Pin<Box<dyn Future<Output = Ending> + Send>>>,
}

/// Now and then lets others go first, so that those who do something at the same time do it in
/// every order.
#[derive(Debug)]
pub(super) struct Hesitation {
    chance: fastrand::Rng,
    percent: u8,
}

impl Hesitation {
    /// Hesitates in so many of a hundred polls.
    pub(super) fn new(seed: u64, percent: u8) -> Self {
        Self {
            chance: fastrand::Rng::with_seed(seed),
            percent,
        }
    }

    fn hesitates(&mut self) -> bool {
        self.percent > 0 && self.chance.u8(..100) < self.percent
    }
}

impl Acting {
    /// Begins the operation that `perform` makes of its number.
    pub(super) fn begin<F>(
        stage: &Arc<Stage>,
        (actor, action): (Actor, Action),
        (crash, hesitation): (Crash, Hesitation),
        perform: impl FnOnce(usize) -> F,
    ) -> Self
    where
        F: Future<Output = Ending> + Send + 'static,
    {
        let operation = stage.write(|record, now| record.begin(now, actor, action));
        Self {
            stage: Arc::clone(stage),
            operation,
            crash,
            hesitation,
            future: Some(Box::pin(perform(operation))),
        }
    }

    fn end(&mut self, ending: Ending) {
        // First: what it holds may have something to write as well.
        self.future = None;
        let operation = self.operation;
        self.stage
            .write(|record, now| record.end(now, operation, ending));
    }
}

impl Future for Acting {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let Some(future) = &mut this.future else {
            return Poll::Ready(());
        };
        if this.hesitation.hesitates() {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        *lock(&this.stage.current) = Some(Current {
            operation: this.operation,
            crash: this.crash,
        });
        let poll = future.as_mut().poll(context);
        if let Some(current) = lock(&this.stage.current).take() {
            this.crash = current.crash;
        }
        match poll {
            Poll::Ready(ending) => this.end(ending),
            Poll::Pending => {
                if matches!(this.crash, Crash::AtPoll(_)) {
                    this.crash = this.crash.nearer();
                }
                if this.crash != Crash::Due {
                    return Poll::Pending;
                }
                this.end(Ending::Dropped);
            }
        }
        Poll::Ready(())
    }
}

impl Drop for Acting {
    fn drop(&mut self) {
        if self.future.is_some() {
            self.end(Ending::Dropped);
        }
    }
}

/// A load that began; it is over when this is dropped.
#[derive(Debug)]
pub(super) struct Loading {
    stage: Arc<Stage>,
    pub(super) value: Value,
}

impl Loading {
    /// Reads the source, now, for this operation.
    pub(super) fn begin(stage: &Arc<Stage>, operation: usize, address: Address) -> Self {
        let version = stage.source.version(address);
        let value = stage.write(|record, now| record.begin_load(now, operation, address, version));
        Self {
            stage: Arc::clone(stage),
            value,
        }
    }
}

impl Drop for Loading {
    fn drop(&mut self) {
        let origin = self.value.origin;
        self.stage.note(Event::LoadEnds { origin });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
