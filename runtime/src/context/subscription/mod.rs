//! The channels that this process listens to: subscribed once each, however many listen, and again
//! after every reconnect.

mod announced;
mod channels;
mod place;
mod tending;
mod turn;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio::sync::broadcast;

use super::Context;
use crate::error::{Error, ErrorKind, Result};

pub(crate) use announced::Announced;
use channels::Phase;
pub(crate) use channels::Subscriptions;

/// A subscription; ends when dropped.
#[derive(Debug)]
pub(crate) struct Subscription {
    context: Arc<Context>,
    channel: Vec<u8>,
    receiver: broadcast::Receiver<Announced>,
}

impl Context {
    /// Listens to a channel. When this returns, the server delivers.
    pub(crate) async fn subscribe(self: &Arc<Self>, channel: Vec<u8>) -> Result<Subscription> {
        let deadline = self.clock.now() + self.limits.command_timeout;
        let subscription = self.listen(channel);
        let heard = self.clock.timeout_at(deadline, subscription.is_heard());
        match heard.await {
            Ok(heard) => heard.map(|()| subscription),
            Err(_elapsed) => Err(Error::new(
                ErrorKind::Timeout,
                "SUBSCRIBE",
                "the server did not answer in time",
            )),
        }
    }

    /// Listens to a channel from when the server delivers, which
    /// [`is_heard`](Subscription::is_heard) tells.
    pub(crate) fn listen(self: &Arc<Self>, channel: Vec<u8>) -> Subscription {
        let subscription = Subscription {
            receiver: self.subscriptions.add(&channel),
            context: Arc::clone(self),
            channel,
        };
        self.subscriptions.tend(self);
        subscription
    }
}

impl Subscription {
    /// What comes in next.
    pub(crate) async fn next(&mut self) -> Announced {
        let subscriptions = &self.context.subscriptions;
        // The runtime in which it was made may have ended or stand still.
        subscriptions.tend(&self.context);
        // It is said once that nothing comes any more, and that may have been forgotten with the past.
        if self.receiver.is_empty()
            && let Some(Phase::Refused(reason)) = subscriptions.phase_of(&self.channel)
        {
            return Announced::Ended(reason);
        }
        match self.receiver.recv().await {
            Ok(announced) => announced,
            // The sender lives as long as the channel, and that as long as this.
            Err(_lagged) => Announced::Missed,
        }
    }

    /// Forgets what came in and was not asked for: the next is what comes in from now on.
    pub(crate) fn forget_past(&mut self) {
        self.receiver = self.receiver.resubscribe();
    }

    /// Ready when the server delivers, or says that it will not.
    pub(crate) async fn is_heard(&self) -> Result<()> {
        let subscriptions = &self.context.subscriptions;
        loop {
            subscriptions.tend(&self.context);
            let done = subscriptions.done.notified();
            match subscriptions.phase_of(&self.channel) {
                Some(Phase::Refused(error)) => return Err(error),
                Some(Phase::Wanted | Phase::Lost) | None => done.await,
                Some(Phase::Subscribed) => return Ok(()),
            }
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let subscriptions = &self.context.subscriptions;
        subscriptions.remove(&self.channel);
        // Somebody has to tell the server, wherever this was made.
        subscriptions.tend(&self.context);
    }
}

/// What is said to whoever waits for messages that do not come, for this reason.
pub(crate) fn nobody_is_woken(
    reason: Error,
    operation: &'static str,
    channel: &'static str,
) -> Error {
    if reason.kind() == ErrorKind::Closed || reason.is_temporary() {
        return reason;
    }
    let message = format!(
        "the server does not let this user subscribe to the channel of the {channel}, so nobody can be woken: allow `&*` to the user, or do not wait"
    );
    Error::new(ErrorKind::Unsupported, operation, message).caused_by(reason)
}
