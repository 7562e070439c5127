//! A load that is brought to its end, whether or not anybody waits for it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tracing::Instrument;

use super::owned::{Owned, Spawn};
use super::span::span;

/// A load that runs in its caller's task for as long as that waits for it: to drop it is to have it
/// go on in a task of its own.
pub(super) struct Outlasting<R: Send + 'static> {
    namespace: &'static str,
    /// `None` when it has ended.
    load: Option<Owned<R>>,
    spawn: Spawn,
}

impl<R: Send + 'static> Outlasting<R> {
    pub(super) fn new(namespace: &'static str, load: Owned<R>, spawn: Spawn) -> Self {
        Self {
            namespace,
            load: Some(load),
            spawn,
        }
    }
}

impl<R: Send + 'static> Future for Outlasting<R> {
    type Output = R;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        // Taken out, so that a body which panics has no task of its own to go on in.
        let Some(mut load) = self.load.take() else {
            return Poll::Pending;
        };
        let polled = load.as_mut().poll(context);
        if polled.is_pending() {
            self.load = Some(load);
        }
        polled
    }
}

impl<R: Send + 'static> Drop for Outlasting<R> {
    fn drop(&mut self) {
        let Some(load) = self.load.take() else { return };
        let span = span("outlasting", self.namespace);
        let rest = async move { drop(load.await) };
        (self.spawn)(Box::pin(rest.instrument(span)));
    }
}
