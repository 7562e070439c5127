//! The wait for another process's load.

use std::time::Duration;

use super::look::Held;
use super::request::Request;
use crate::backend::{Atomicity, Backend, Command, Pipeline, Reply};
use crate::context::{Budget, Heard};
use crate::error::{Error, ErrorKind, Result};

/// How long a call waits between two looks, at first and at most, on a server that tells nothing.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// What came of a wait for another's load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waited {
    /// The load is over, with a value or without.
    ToItsEnd,
    /// It takes longer than the call waits.
    InVain,
}

/// Whether the server tells when a key changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tracking {
    On,
    Refused,
}

impl Request<'_> {
    /// Waits until the load is over whose lease lives for so long, for one who does not load.
    pub(crate) async fn outwait(&mut self, left: Option<Duration>) -> Result<Waited> {
        Ok(match self.wait_for_change(left).await? {
            Held::Nothing | Held::Value(_) => Waited::ToItsEnd,
            Held::Lease(..) => Waited::InVain,
        })
    }

    /// Waits until another process's lease is filled, given back or has ended; answers a lease only
    /// when patience ends.
    pub(super) async fn wait_for_change(&mut self, mut left: Option<Duration>) -> Result<Held> {
        let context = self.engine.context();
        let clock = context.clock();
        let mut watcher = context.watch_key(self.target.key().as_bytes(), self.call_budget());
        let mut pause = FIRST_PAUSE;
        loop {
            // Waiting for another's load is as good as loading: each look has the whole budget
            // again.
            self.budget = Budget::new(clock, self.call_budget());
            let (held, tracking) = self.look_and_track().await?;
            watcher.was_answered();
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
            if tracking == Tracking::On {
                context.degradation().with_tracking();
            } else {
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
}
