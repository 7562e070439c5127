//! No call outlasts its deadline, whatever the server does.

use std::pin::pin;

use crate::backend::{Backend, Call, Command, Invocation, Listener, Pipeline, Reply};
use crate::clock::{Clock, Elapsed};
use crate::error::{Error, ErrorKind, Result};

/// Ends calls at their deadline.
#[derive(Debug)]
pub(crate) struct Deadline<B> {
    inner: B,
    clock: Clock,
}

impl<B> Deadline<B> {
    pub(crate) fn new(inner: B, clock: Clock) -> Self {
        Self { inner, clock }
    }

    /// What is under this layer.
    pub(crate) fn inner(&self) -> &B {
        &self.inner
    }
}

/// The answer, if it has come in time.
fn in_time<T>(answer: Result<Result<T>, Elapsed>, operation: &'static str) -> Result<T> {
    answer.unwrap_or_else(|Elapsed| {
        let message = "the server did not answer in time";
        Err(Error::new(ErrorKind::Timeout, operation, message))
    })
}

impl<B: Backend> Backend for Deadline<B> {
    async fn run(&self, command: &Command, call: &Call) -> Result<Reply> {
        let answer = pin!(self.inner.run(command, call));
        let answer = self.clock.timeout_at(call.deadline, answer).await;
        in_time(answer, command.name())
    }

    async fn pipeline(&self, pipeline: &Pipeline, call: &Call) -> Result<Vec<Reply>> {
        let answer = pin!(self.inner.pipeline(pipeline, call));
        let answer = self.clock.timeout_at(call.deadline, answer).await;
        in_time(answer, "pipeline")
    }

    async fn script(&self, invocation: &Invocation<'_>, call: &Call) -> Result<Reply> {
        let answer = pin!(self.inner.script(invocation, call));
        let answer = self.clock.timeout_at(call.deadline, answer).await;
        in_time(answer, "script")
    }

    fn listen(&self, listener: Listener) {
        self.inner.listen(listener);
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}
