//! What is told of a lock, by the server or by each of several.

use crate::context::{Announced, Subscription, nobody_is_woken};
use crate::error::Error;

/// The messages of a lock; they end when this is dropped.
#[derive(Debug)]
pub(super) struct Messages(Vec<Subscription>);

impl Messages {
    /// What comes in by these, each of a server.
    pub(super) fn new(subscriptions: Vec<Subscription>) -> Self {
        Self(subscriptions)
    }

    /// What comes in next, and from which server.
    pub(super) async fn next(&mut self) -> (usize, Announced) {
        let each = self.0.iter_mut().enumerate();
        let each = each.map(|(server, subscription)| {
            Box::pin(async move { (server, subscription.next().await) })
        });
        futures_util::future::select_all(each).await.0
    }

    /// How many servers tell.
    pub(super) fn servers(&self) -> usize {
        self.0.len()
    }

    /// Forgets what came in and was not asked for: the next is what comes in from now on.
    pub(super) fn forget_past(&mut self) {
        self.0.iter_mut().for_each(Subscription::forget_past);
    }
}

/// What is said to whoever waits for messages that do not come, for this reason.
pub(super) fn unwoken(reason: Error) -> Error {
    nobody_is_woken(reason, "lock", "lock")
}
