//! Sleeping until a moment.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

use super::timer::{TIMER, Wait};
use super::{Clock, Moment, Time};

/// Ready when a moment of a clock has come. Nothing is set up before it is polled.
#[must_use = "a future does nothing until it is polled"]
pub struct Sleep<'clock> {
    clock: &'clock Clock,
    until: Moment,
    by: Option<By<'clock>>,
}

/// Who wakes a sleeper.
enum By<'clock> {
    Thread(Wait),
    Tokio(Pin<Box<dyn Future<Output = ()> + Send + 'clock>>),
}

impl<'clock> Sleep<'clock> {
    pub(super) fn new(clock: &'clock Clock, until: Moment) -> Self {
        Self {
            clock,
            until,
            by: None,
        }
    }
}

impl<'clock> By<'clock> {
    /// Who wakes somebody here. Where there is no runtime Tokio wakes nobody.
    fn here(clock: &'clock Clock, until: Moment) -> Self {
        match clock.time() {
            Time::Tokio if Handle::try_current().is_ok() => {
                Self::Tokio(Box::pin(clock.sleep_in_tokio(until)))
            }
            Time::Tokio | Time::Machine => Self::Thread(TIMER.wait()),
        }
    }
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        let (clock, until) = (self.clock, self.until);
        match self.by.get_or_insert_with(|| By::here(clock, until)) {
            By::Thread(wait) => wait.poll(clock.instant(until), task),
            By::Tokio(sleep) => sleep.as_mut().poll(task),
        }
    }
}

impl fmt::Debug for Sleep<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sleep").field(&self.until).finish()
    }
}
