//! Whose turn it is: the way of one call to its stored result, or to running.

use std::time::Duration;

use super::attempt::Attempt;
use super::records::{Begun, Tracking};
use super::request::Request;
use crate::error::{Error, ErrorKind, Result};

/// How long a call waits between two looks, at first and at most, on a server that tells nothing.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// What a call is to do.
pub(super) enum Turn {
    /// Run.
    Run(Box<Attempt>),
    /// Take this result.
    Done(Vec<u8>),
}

impl Request {
    /// Finds out what to do; waits for another's run, as long as it may.
    pub(super) async fn turn(&self) -> Result<Turn> {
        let turn = self.find_turn().await;
        if let Err(error) = &turn
            && matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::Timeout)
        {
            self.records.context().degradation().failed(error);
        }
        turn
    }

    async fn find_turn(&self) -> Result<Turn> {
        let context = self.records.context();
        let clock = context.clock();
        let patience = clock.now() + self.spec.wait;
        let mut watcher = None;
        let mut pause = FIRST_PAUSE;
        loop {
            // Made before the question is sent: should the caller be dropped while it waits, the
            // run is given up.
            let mut attempt = Attempt::new(self.clone());
            let tracked = if watcher.is_some() {
                Tracking::On
            } else {
                Tracking::Off
            };
            let begun = self
                .records
                .begin(
                    &self.spec,
                    &self.key,
                    attempt.token(),
                    &self.fingerprint,
                    tracked,
                )
                .await;
            let (begun, tracking) = match begun {
                Ok((Begun::Run, _)) => return Ok(Turn::Run(Box::new(attempt))),
                Ok(answer) => answer,
                Err(error) => {
                    if error.is_unsent() {
                        attempt.settle();
                    }
                    return Err(error);
                }
            };
            attempt.settle();
            let left = match begun {
                Begun::Run => continue,
                Begun::Done(result) => return Ok(Turn::Done(result)),
                Begun::Other => return Err(self.reused()),
                Begun::Running(left) => left,
            };
            if clock.now() >= patience {
                return Err(self.in_progress());
            }
            let Some(told) = &mut watcher else {
                // It is asked once more, so that the server tells of whatever changes from then on.
                let budget = context.limits().call_budget;
                watcher = Some(context.watch_key(self.key.as_bytes(), budget));
                continue;
            };
            told.was_answered();
            // A run that is not heard of any more ends without a message.
            let mut until = clock.now() + left + Duration::from_millis(1);
            if tracking == Tracking::On {
                context.degradation().with_tracking();
            } else {
                context.degradation().without_tracking();
                until = until.min(clock.now() + pause.mul_f32(0.5 + fastrand::f32()));
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            // Whether it has changed, the server is slow or away, or time is up: it is asked again,
            // which takes what an operation may take, and then it is an error.
            let _ = clock.timeout_at(until.min(patience), told.hear()).await;
        }
    }

    fn reused(&self) -> Error {
        Error::new(
            ErrorKind::KeyReused,
            "idempotent",
            "this key was used before by a call with other arguments: give each request a key of its own",
        )
        .with("namespace", self.spec.namespace)
    }

    fn in_progress(&self) -> Error {
        Error::new(
            ErrorKind::InProgress,
            "idempotent",
            "a call with this key is still running: ask again, or let `wait` be longer",
        )
        .with("namespace", self.spec.namespace)
    }
}
