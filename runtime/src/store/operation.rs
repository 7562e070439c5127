//! One operation of a store: a question, and how its answer is understood.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::engine::StoreEngine;
use super::reading::Reading;
use super::repeat::Repeat;
use super::request::Request;
use crate::backend::Reply;
use crate::error::{Error, ErrorKind, Result};

/// One operation of a [`Store`](crate::Store), which does nothing until it is awaited or run in a
/// [`StorePipeline`](crate::StorePipeline).
///
/// It owns what it sends: keys and values were encoded when it was made, so it may be spawned and
/// sent to other threads. Dropping it while it is awaited leaves open whether the server has done
/// it; it is never half done.
///
/// ```
/// # use larder_runtime::{Larder, Result};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let names = Larder::memory().store::<String>("names").durable()?;
/// names.set(&1, &"Ann".to_owned()).await?;             // alone
///
/// let mut pipeline = names.pipeline();                 // or with others
/// let first = pipeline.add(names.get(&1));
/// let second = pipeline.add(names.get(&2));
/// let mut answers = pipeline.run().await?;
/// assert_eq!(answers.take(first)?, Some("Ann".to_owned()));
/// assert_eq!(answers.take(second)?, None);
/// # Ok(())
/// # }
/// ```
#[must_use = "an operation does nothing until it is awaited or run in a pipeline"]
pub struct Operation<R>(pub(super) State<R>);

/// How far an operation is.
pub(super) enum State<R> {
    /// The answer is known without asking.
    Settled(Result<R>),
    /// Nothing was asked yet.
    Prepared(Box<Question<R>>),
    /// It was asked.
    Asked(Pin<Box<dyn Future<Output = Result<R>> + Send>>),
    /// The answer was given.
    Done,
}

/// Everything that is needed to ask, and to understand the answer.
pub(super) struct Question<R> {
    pub(super) engine: Arc<StoreEngine>,
    pub(super) request: Request,
    pub(super) repeat: Repeat,
    pub(super) answer: Answer<R>,
}

/// How an answer is understood.
pub(super) struct Answer<R> {
    pub(super) reading: Reading,
    pub(super) read: fn(&Reading, Reply) -> Result<R>,
}

impl<R> Operation<R> {
    /// An operation whose answer is known.
    pub(super) fn settled(answer: Result<R>) -> Self {
        Self(State::Settled(answer))
    }

    /// An operation that asks this, or the error that asking it would be.
    pub(super) fn asking(question: Result<Question<R>>) -> Self {
        Self(match question {
            Ok(question) => State::Prepared(Box::new(question)),
            Err(error) => State::Settled(Err(error)),
        })
    }
}

impl<R> Question<R> {
    async fn ask(self) -> Result<R> {
        let call = self.engine.context().command_call(self.repeat.alone());
        let reply = self.request.ask(&self.engine, &call).await;
        let origin = self.answer.reading.origin;
        self.answer
            .read(reply.map_err(|error| origin.explain(error))?)
    }
}

impl<R> Answer<R> {
    /// What the reply means.
    pub(super) fn read(self, reply: Reply) -> Result<R> {
        (self.read)(&self.reading, reply)
    }
}

/// The answer is moved, never pinned.
impl<R> Unpin for Operation<R> {}

impl<R: 'static> Future for Operation<R> {
    type Output = Result<R>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<R>> {
        let state = &mut self.get_mut().0;
        let mut asked = match std::mem::replace(state, State::Done) {
            State::Settled(answer) => return Poll::Ready(answer),
            State::Prepared(question) => Box::pin(question.ask()) as Pin<Box<_>>,
            State::Asked(asked) => asked,
            State::Done => return Poll::Ready(Err(asked_before())),
        };
        let polled = asked.as_mut().poll(context);
        if polled.is_pending() {
            *state = State::Asked(asked);
        }
        polled
    }
}

/// The error for an operation that is used once more.
pub(super) fn asked_before() -> Error {
    let message = "this operation was awaited before: make another one";
    Error::new(ErrorKind::Configuration, "store", message)
}

impl<R> fmt::Debug for Operation<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state: &dyn fmt::Debug = match &self.0 {
            State::Settled(_) => &"settled",
            State::Prepared(question) => &question.request.name(),
            State::Asked(_) => &"asked",
            State::Done => &"done",
        };
        f.debug_tuple("Operation").field(state).finish()
    }
}

impl<R> fmt::Debug for Answer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Answer")
            .field(&self.reading.origin.operation)
            .finish()
    }
}
