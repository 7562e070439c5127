//! What may safely run twice is sent again until its deadline.

use std::future::Future;
use std::time::Duration;

use crate::backend::{Backend, Call, Command, Invocation, Listener, Pipeline, Reply, Resend};
use crate::clock::Clock;
use crate::error::{Error, Result};

/// Sends idempotent calls again while they fail for reasons that may pass.
#[derive(Debug)]
pub(crate) struct Retry<B> {
    inner: B,
    clock: Clock,
}

/// The pause before the second try; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// What has come of the tries so far.
struct Tries {
    /// The pause before the next.
    pause: Duration,
    /// Whether one of them may have reached the server.
    have_reached: bool,
}

impl Default for Tries {
    fn default() -> Self {
        Self {
            pause: FIRST_PAUSE,
            have_reached: false,
        }
    }
}

impl<B> Retry<B> {
    pub(crate) fn new(inner: B, clock: Clock) -> Self {
        Self { inner, clock }
    }

    /// What is under this layer.
    pub(crate) fn inner(&self) -> &B {
        &self.inner
    }

    /// Tries by hand, as idempotent calls are tried again: for what must not be sent twice as it
    /// is. Each try goes past this layer, to the backend that it is given.
    pub(crate) async fn try_anew<'backend, T, F>(
        &'backend self,
        call: &Call,
        mut attempt: impl FnMut(&'backend B) -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let mut tries = Tries::default();
        loop {
            match attempt(&self.inner).await {
                Err(error) => self.before_next_try(&mut tries, call, error).await?,
                answer => return answer,
            }
        }
    }

    /// Waits before the next try; answers the error if there is to be none.
    async fn before_next_try(&self, tries: &mut Tries, call: &Call, error: Error) -> Result<()> {
        tries.have_reached |= !error.is_unsent();
        let error = if tries.have_reached {
            error.after_sending()
        } else {
            error
        };
        if call.resend == Resend::Never || !error.is_brief() {
            return Err(error);
        }
        // Half of it by chance, so that those who failed together do not come back together.
        let next = self.clock.now() + tries.pause.mul_f32(0.5 + fastrand::f32() / 2.0);
        if next >= call.deadline {
            return Err(error);
        }
        self.clock.sleep_until(next).await;
        tries.pause = (tries.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }
}

impl<B: Backend> Backend for Retry<B> {
    async fn run(&self, command: &Command, call: &Call) -> Result<Reply> {
        let mut tries = Tries::default();
        loop {
            match self.inner.run(command, call).await {
                Err(error) => self.before_next_try(&mut tries, call, error).await?,
                answer => return answer,
            }
        }
    }

    async fn pipeline(&self, pipeline: &Pipeline, call: &Call) -> Result<Vec<Reply>> {
        let mut tries = Tries::default();
        loop {
            match self.inner.pipeline(pipeline, call).await {
                Err(error) => self.before_next_try(&mut tries, call, error).await?,
                Ok(replies) => {
                    let Some(error) = refusal(&replies) else {
                        return Ok(replies);
                    };
                    let next = self.before_next_try(&mut tries, call, error).await;
                    if next.is_err() {
                        return Ok(replies);
                    }
                }
            }
        }
    }

    async fn script(&self, invocation: &Invocation<'_>, call: &Call) -> Result<Reply> {
        let mut tries = Tries::default();
        loop {
            match self.inner.script(invocation, call).await {
                Err(error) => self.before_next_try(&mut tries, call, error).await?,
                answer => return answer,
            }
        }
    }

    fn listen(&self, listener: Listener) {
        self.inner.listen(listener);
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

/// The first error among the replies that may pass by itself: a server that is just starting
/// refuses one command and takes the next.
fn refusal(replies: &[Reply]) -> Option<Error> {
    let mut errors = replies.iter().filter_map(|reply| match reply {
        Reply::Error(error) => Some(error.clone().during("pipeline")),
        _ => None,
    });
    errors.find(Error::is_brief)
}
