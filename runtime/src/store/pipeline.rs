//! Operations that travel together.

use std::fmt;
use std::sync::Arc;

use super::engine::StoreEngine;
use super::operation::{Answer, Operation, State, asked_before};
use super::reading::Origin;
use super::repeat::{self, Repeat};
use super::request::{Request, Taught};
use crate::backend::{Atomicity, Backend, Pipeline, Reply, Resend};
use crate::error::{Error, ErrorKind, Result};

/// Operations that are sent in one round trip: made by [`Store::pipeline`](crate::Store::pipeline).
///
/// Operations of every store of one Larder can be added, whatever their types. Each has its own
/// answer; one that fails, because its key holds another type or its value cannot be encoded, does
/// not stop the others.
///
/// ```
/// # use larder_runtime::{ErrorKind, Larder, Result};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let larder = Larder::memory();
/// let names = larder.store::<String>("names").durable()?;
/// let visits = larder.store::<u64>("visits").durable()?;
///
/// let mut pipeline = names.pipeline();
/// pipeline.add(names.set(&7, &"Ann".to_owned()));
/// let mistake = pipeline.add(names.incr(&7, 1));       // a name cannot be counted up
/// let count = pipeline.add(visits.incr(&7, 1));
///
/// let mut answers = pipeline.run().await?;
/// assert_eq!(answers.take(mistake).unwrap_err().kind(), ErrorKind::NotANumber);
/// assert_eq!(answers.take(count)?, 1);                 // nothing of the others is lost
/// answers.check()?;                                    // the rest went well, too
/// # Ok(())
/// # }
/// ```
#[must_use = "a pipeline does nothing until it is run"]
pub struct StorePipeline {
    engine: Arc<StoreEngine>,
    atomicity: Atomicity,
    places: Vec<Place>,
    /// Tells this pipeline from others.
    identity: Arc<()>,
}

/// What stands in one place of a pipeline.
#[allow(
    clippy::large_enum_variant,
    reason = "nearly all are questions, and a key is kept where it was written"
)]
enum Place {
    /// A question for the server.
    Question(Request, Repeat, Origin),
    /// What cannot be asked.
    Refused(Error),
}

/// The place of one operation's answer among the [`Answers`] of its pipeline.
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::{Larder, Queued};
///
/// let visits = Larder::memory().store::<u64>("visits").durable()?;
/// let mut pipeline = visits.pipeline();
/// let sums: Vec<Queued<i64>> = (1..=3).map(|page| pipeline.add(visits.incr(&page, 1))).collect();
/// let mut answers = pipeline.run().await?;
/// for sum in sums {
///     assert_eq!(answers.take(sum)?, 1);
/// }
/// # Ok(())
/// # }
/// ```
pub struct Queued<R> {
    identity: Arc<()>,
    kind: Kind<R>,
}

#[allow(
    clippy::large_enum_variant,
    reason = "nearly all were asked, and a key is kept where it was written"
)]
enum Kind<R> {
    /// The answer is known without asking.
    Settled(R),
    /// The answer will be in this place.
    Asked(usize, Answer<R>),
    /// The error that stands in this place.
    Refused(usize),
}

/// What came of a pipeline: one answer for each of its operations.
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::Larder;
///
/// let names = Larder::memory().store::<String>("names").durable()?;
/// let mut pipeline = names.pipeline();
/// pipeline.add(names.set("anna", &"Ann".to_owned()));
/// let anna = pipeline.add(names.get("anna"));
/// let mut answers = pipeline.run().await?;
/// assert_eq!(answers.take(anna)?, Some("Ann".to_owned()));
/// answers.check()?;                // the answers that nobody took are no errors
/// # Ok(())
/// # }
/// ```
pub struct Answers {
    identity: Arc<()>,
    /// `None` where the answer was taken.
    replies: Vec<Option<Result<Reply>>>,
}

impl StorePipeline {
    pub(super) fn new(engine: Arc<StoreEngine>) -> Self {
        Self {
            engine,
            atomicity: Atomicity::Independent,
            places: Vec::new(),
            identity: Arc::default(),
        }
    }

    /// Has everything done in one step (`MULTI` and `EXEC`), so that nobody sees it half done. If
    /// one of the operations cannot be sent, because its value cannot be encoded, nothing is. One
    /// that fails on the server does not undo the others. A server that is full refuses the whole,
    /// whatever is in it.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let stock = Larder::memory().store::<u64>("stock").durable()?;
    /// let mut transfer = stock.pipeline().atomic();
    /// let here = transfer.add(stock.decr("here", 3));
    /// let there = transfer.add(stock.incr("there", 3));
    /// let mut answers = transfer.run().await?;
    /// assert_eq!((answers.take(here)?, answers.take(there)?), (-3, 3));
    /// # Ok(())
    /// # }
    /// ```
    pub fn atomic(mut self) -> Self {
        self.atomicity = Atomicity::Atomic;
        self
    }

    /// Adds an operation; what it returns is to be handed to [`Answers::take`]. They are done in
    /// the order in which they were added.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let counts = Larder::memory().store::<u64>("counts").durable()?;
    /// let mut pipeline = counts.pipeline();
    /// let sum = pipeline.add(counts.incr("a", 1));
    /// assert_eq!(pipeline.run().await?.take(sum)?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn add<R>(&mut self, operation: Operation<R>) -> Queued<R> {
        let kind = match operation.0 {
            State::Prepared(question) if !Arc::ptr_eq(&question.engine, &self.engine) => self
                .refuse(wrong(
                    "an operation of another Larder was added: it needs a pipeline of its own",
                )),
            State::Prepared(question) => {
                let origin = question.answer.reading.origin;
                let place = Place::Question(question.request, question.repeat, origin);
                self.places.push(place);
                Kind::Asked(self.places.len() - 1, question.answer)
            }
            State::Settled(Err(error)) => self.refuse(error),
            State::Settled(Ok(answer)) => Kind::Settled(answer),
            State::Asked(_) | State::Done => self.refuse(asked_before()),
        };
        Queued {
            identity: Arc::clone(&self.identity),
            kind,
        }
    }

    /// Sends everything and waits for the answers, at most as long as the Larder's command timeout
    /// (1 s unless set).
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let names = Larder::memory().store::<String>("names").durable()?;
    /// let mut pipeline = names.pipeline();
    /// pipeline.add(names.set(&1, &"Ann".to_owned()));
    /// pipeline.add(names.set(&2, &"Bob".to_owned()));
    /// pipeline.run().await?.check()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The backend's, if there are no answers at all. It is sent again only if every operation in
    /// it may be sent again, and none writes a key that one before it was told of; else, after
    /// [`ErrorKind::Timeout`] or [`ErrorKind::Unreachable`], any part of it may have been done (all
    /// or nothing of it if it is [`atomic`](Self::atomic)). An atomic pipeline that cannot be sent
    /// whole is the error that stops it.
    pub async fn run(self) -> Result<Answers> {
        let resend = self.resend();
        let mut commands = Pipeline::new(self.atomicity);
        let mut taught = Taught::No;
        let mut origins = Vec::with_capacity(self.places.len());
        for place in self.places {
            match place {
                Place::Question(request, _, origin) => {
                    commands = commands.then(request.into_command(&self.engine, &mut taught));
                    origins.push(Ok(origin));
                }
                Place::Refused(error) if self.atomicity == Atomicity::Atomic => return Err(error),
                Place::Refused(error) => origins.push(Err(error)),
            }
        }
        let mut replies = Vec::new();
        if !commands.commands().is_empty() {
            let context = self.engine.context();
            let call = context.command_call(resend);
            replies = context.backend().pipeline(&commands, &call).await?;
            if replies.len() != commands.commands().len() {
                let message = "the server did not answer every operation of the pipeline";
                return Err(Error::new(ErrorKind::Protocol, "pipeline", message));
            }
        }
        let mut replies = replies.into_iter();
        let answers = origins.into_iter().map(|origin| match origin {
            Ok(origin) => replies.next().map(|reply| {
                let reply = reply.checked(origin.operation);
                reply.map_err(|error| origin.explain(error))
            }),
            Err(refused) => Some(Err(refused)),
        });
        Ok(Answers {
            identity: self.identity,
            replies: answers.collect(),
        })
    }

    /// Whether the whole may be sent again.
    fn resend(&self) -> Resend {
        repeat::together(self.places.iter().filter_map(|place| match place {
            Place::Question(request, repeat, _) => Some((request.key(), *repeat)),
            Place::Refused(_) => None,
        }))
    }

    fn refuse<R>(&mut self, error: Error) -> Kind<R> {
        self.places.push(Place::Refused(error));
        Kind::Refused(self.places.len() - 1)
    }
}

impl Answers {
    /// The answer of one operation.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let names = Larder::memory().store::<String>("names").durable()?;
    /// let mut pipeline = names.pipeline();
    /// let name = pipeline.add(names.get(&1));
    /// let mut answers = pipeline.run().await?;
    /// assert_eq!(answers.take(name)?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the operation; [`ErrorKind::Configuration`] if it was in another pipeline.
    pub fn take<R>(&mut self, queued: Queued<R>) -> Result<R> {
        if !Arc::ptr_eq(&self.identity, &queued.identity) {
            return Err(wrong("this operation was in another pipeline"));
        }
        match queued.kind {
            Kind::Settled(answer) => Ok(answer),
            Kind::Asked(place, answer) => answer.read(self.reply(place)?),
            Kind::Refused(place) => Err(self.reply(place).err().unwrap_or_else(asked_before)),
        }
    }

    /// Whether all went well among the operations whose answers were not taken.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let names = Larder::memory().store::<String>("names").durable()?;
    /// let mut pipeline = names.pipeline();
    /// pipeline.add(names.set(&1, &"Ann".to_owned()));
    /// pipeline.add(names.incr(&1, 1));
    /// assert!(pipeline.run().await?.check().is_err());       // a name cannot be counted up
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The first of their errors.
    pub fn check(&self) -> Result<()> {
        let mut replies = self.replies.iter().flatten();
        match replies.find_map(|reply| reply.as_ref().err()) {
            None => Ok(()),
            Some(error) => Err(error.clone()),
        }
    }

    fn reply(&mut self, place: usize) -> Result<Reply> {
        let reply = self.replies.get_mut(place).and_then(Option::take);
        reply.unwrap_or_else(|| Err(asked_before()))
    }
}

fn wrong(message: &'static str) -> Error {
    Error::new(ErrorKind::Configuration, "pipeline", message)
}

impl fmt::Debug for StorePipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StorePipeline")
            .field("operations", &self.places.len())
            .field("atomicity", &self.atomicity)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = self.replies.iter().flatten().count();
        f.debug_struct("Answers")
            .field("left", &left)
            .finish_non_exhaustive()
    }
}

impl<R> fmt::Debug for Queued<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Settled(_) => "Queued(settled)",
            Kind::Asked(..) => "Queued(asked)",
            Kind::Refused(_) => "Queued(refused)",
        })
    }
}
