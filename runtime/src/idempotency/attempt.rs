//! A run under way. It is continued while the body runs, and the body does not outlive it.

use std::sync::Arc;
use std::time::Duration;

use super::records::Standing;
use super::request::Request;
use crate::backend::{Call, Resend};
use crate::clock::Moment;
use crate::codec::envelope::Token;
use crate::error::{Error, ErrorKind, Result};

/// How long it takes to try again to store a result, which was not to be stored.
const PAUSE: Duration = Duration::from_millis(50);

/// The right to run a call, which is held or may be: dropping it gives it up in the background.
#[derive(Debug)]
pub(super) struct Attempt {
    request: Request,
    token: Token,
    /// Until when nobody else runs. It is counted from before the question was sent, so it comes
    /// before the server's.
    deadline: Moment,
    /// Whether the run may still stand on the server.
    standing: Standing,
}

impl Attempt {
    /// An attempt that was not asked for yet.
    pub(super) fn new(request: Request) -> Self {
        let now = request.records.context().clock().now();
        Self {
            token: request.records.next_token(),
            deadline: now + own(request.spec.lease),
            request,
            standing: Standing::Ours,
        }
    }

    pub(super) fn token(&self) -> Token {
        self.token
    }

    /// There is nothing to give up.
    pub(super) fn settle(&mut self) {
        self.standing = Standing::Lost;
    }

    /// Runs the body, and drops it before anybody else may run.
    pub(super) async fn run<T>(&mut self, body: impl Future<Output = T>) -> Result<T> {
        tokio::select! {
            biased;
            () = self.keep() => {}
            output = body => return Ok(output),
        }
        Err(lost_run(
            "the run could not be continued in time, so its body was dropped: another caller may run it anew",
        ))
    }

    /// Continues the run three times in its lease; ready when it is lost.
    async fn keep(&mut self) {
        let records = Arc::clone(&self.request.records);
        let (clock, lease) = (records.context().clock(), self.request.spec.lease);
        let mut next = clock.now() + lease / 3;
        loop {
            clock.sleep_until(next.min(self.deadline)).await;
            let now = clock.now();
            if now >= self.deadline {
                return;
            }
            // The next question is due a third later, whatever becomes of this one.
            next = now + lease / 3;
            let call = Call {
                deadline: next.min(self.deadline),
                resend: Resend::Never,
            };
            let (spec, key) = (&self.request.spec, &self.request.key);
            match records.go_on(spec, key, self.token, &call).await {
                Ok(Standing::Ours) => self.deadline = now + own(lease),
                Ok(Standing::Lost) => {
                    self.standing = Standing::Lost;
                    return;
                }
                // It says nothing about the run: the next question does.
                Err(_) => {}
            }
        }
    }

    /// Stores the result; tries until another caller may run. Answers whether this result is the
    /// stored one.
    pub(super) async fn complete(mut self, result: &[u8]) -> Result<Standing> {
        let records = Arc::clone(&self.request.records);
        let clock = records.context().clock();
        // However it ends, the body has run: it must not be given up, as if it had not.
        self.standing = Standing::Lost;
        loop {
            let call = Call {
                deadline: self.deadline.max(clock.now() + PAUSE),
                resend: Resend::Idempotent,
            };
            let (spec, key) = (&self.request.spec, &self.request.key);
            let error = match records.complete(spec, key, self.token, result, &call).await {
                Ok(standing) => return Ok(standing),
                Err(error) => error,
            };
            if !error.is_temporary() || clock.now() + PAUSE >= self.deadline {
                return Err(Error::new(
                    error.kind(),
                    "idempotent",
                    "the body has run, and its result could not be stored",
                )
                .caused_by(error));
            }
            clock.sleep(PAUSE).await;
        }
    }

    /// Gives up the run, so that whoever waits may run.
    pub(super) async fn abandon(mut self) {
        let records = Arc::clone(&self.request.records);
        if records.abandon(&self.request.key, self.token).await.is_ok() {
            self.standing = Standing::Lost;
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.standing == Standing::Lost {
            return;
        }
        let (request, token) = (self.request.clone(), self.token);
        let context = Arc::clone(request.records.context());
        context.background().go_on(async move {
            if let Err(error) = request.records.abandon(&request.key, token).await {
                tracing::debug!(%error, "a run could not be given up and ends by itself");
            }
        });
    }
}

/// How long of a lease its holder counts on: clocks may run apart, and timers are late.
fn own(lease: Duration) -> Duration {
    lease.saturating_sub(lease / 20)
}

pub(super) fn lost_run(message: &'static str) -> Error {
    Error::new(ErrorKind::LeaseLost, "idempotent", message)
}
