//! No call outlasts its deadline, whatever the server does.

use std::future::Future;
use std::pin::{Pin, pin};

use super::alarm::Alarm;
use crate::backend::{Backend, Call, Command, Invocation, Listener, Pipeline, Reply};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};

/// Ends calls at their deadline.
#[derive(Debug)]
pub(crate) struct Deadline<B> {
    inner: B,
    alarm: Alarm,
}

impl<B> Deadline<B> {
    pub(crate) fn new(inner: B, clock: Clock) -> Self {
        Self {
            inner,
            alarm: Alarm::new(clock),
        }
    }

    /// The answer, if it comes in time. It is pinned by the caller: a future that is handed on by value is kept once more by
    /// everyone who hands it on, and this one is part of what is allocated for every call.
    async fn within<T>(
        &self,
        call: &Call,
        operation: &'static str,
        answer: Pin<&mut impl Future<Output = Result<T>>>,
    ) -> Result<T> {
        let answer = self.alarm.timeout_at(call.deadline, answer).await;
        answer.unwrap_or_else(|_elapsed| {
            Err(Error::new(
                ErrorKind::Timeout,
                operation,
                "the server did not answer in time",
            ))
        })
    }
}

impl<B: Backend> Backend for Deadline<B> {
    async fn run(&self, command: &Command, call: &Call) -> Result<Reply> {
        let answer = pin!(self.inner.run(command, call));
        self.within(call, command.name(), answer).await
    }

    async fn pipeline(&self, pipeline: &Pipeline, call: &Call) -> Result<Vec<Reply>> {
        let answer = pin!(self.inner.pipeline(pipeline, call));
        self.within(call, "pipeline", answer).await
    }

    async fn script(&self, invocation: &Invocation<'_>, call: &Call) -> Result<Reply> {
        let answer = pin!(self.inner.script(invocation, call));
        self.within(call, "script", answer).await
    }

    fn listen(&self, listener: Listener) {
        self.inner.listen(listener);
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}
