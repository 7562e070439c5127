//! How much of one call's time the backend may take.

use std::future::Future;
use std::time::Duration;

use crate::backend::{Call, Resend};
use crate::clock::Clock;

/// The time that one call may spend on the backend, all its round trips together. The body's own time does not count.
#[derive(Debug)]
pub(crate) struct Budget<'clock> {
    clock: &'clock Clock,
    left: Duration,
}

impl<'clock> Budget<'clock> {
    /// A budget of this much.
    pub(crate) fn new(clock: &'clock Clock, left: Duration) -> Self {
        Self { clock, left }
    }

    /// Does one round trip within what is left and takes its time off.
    pub(crate) async fn spend<F, T>(&mut self, round_trip: impl FnOnce(Call) -> F) -> T
    where
        F: Future<Output = T>,
    {
        let start = self.clock.now();
        let call = Call {
            deadline: start + self.left,
            resend: Resend::Never,
        };
        let output = round_trip(call).await;
        self.left = self
            .left
            .saturating_sub(self.clock.now().saturating_since(start));
        output
    }
}
