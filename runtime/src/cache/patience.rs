//! For how long a call waits for a load, and what it answers when that is over.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, Elapsed, Moment};
use crate::context::Context;
use crate::error::{Error, ErrorKind};
use crate::metrics::Event;

/// After how long a call gives its load up, and how it says so.
pub(crate) struct GivingUp<E> {
    after: Duration,
    error: fn(Error) -> E,
}

/// How long one call waits.
pub(super) struct Patience<E> {
    namespace: &'static str,
    context: Option<Arc<Context>>,
    clock: Clock,
    end: Moment,
    error: fn(Error) -> E,
}

impl<E> GivingUp<E> {
    /// By this error.
    pub(crate) fn after(time: Duration) -> Self
    where
        E: From<Error>,
    {
        Self {
            after: time,
            error: E::from,
        }
    }

    /// The patience of a call that begins now, on this ground if it is known whose it is.
    pub(super) fn begin(
        self,
        namespace: &'static str,
        context: Option<Arc<Context>>,
    ) -> Patience<E> {
        // Without a Larder the body runs all the same, and no longer than with one.
        let clock = context
            .as_ref()
            .map_or_else(Clock::system, |it| it.clock().clone());
        Patience {
            namespace,
            end: clock.now() + self.after,
            context,
            clock,
            error: self.error,
        }
    }
}

impl<E> Patience<E> {
    /// Waits for this, without end if nothing else is declared; drops it and answers the error when
    /// patience ends.
    pub(super) async fn wait<F: Future>(
        declared: Option<&Self>,
        future: F,
    ) -> Result<F::Output, E> {
        match declared {
            None => Ok(future.await),
            Some(patience) => {
                let waited = patience.clock.timeout_at(patience.end, future).await;
                waited.map_err(|Elapsed| patience.end())
            }
        }
    }

    /// Says that it has ended.
    fn end(&self) -> E {
        if let Some(context) = &self.context {
            context.metrics().count(self.namespace, Event::LoadTimeout);
        }
        tracing::Span::current().record("outcome", Event::LoadTimeout.name());
        let message = "the load takes longer than this call waits for it";
        (self.error)(Error::new(ErrorKind::LoadTimeout, "cached", message))
    }
}

impl<E> Clone for GivingUp<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for GivingUp<E> {}

impl<E> fmt::Debug for GivingUp<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GivingUp").field(&self.after).finish()
    }
}
