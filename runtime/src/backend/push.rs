//! What a server says unasked.

use std::fmt;
use std::sync::Arc;

/// One push.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Push {
    /// These keys, read before with `CLIENT CACHING YES`, were changed, deleted or have expired.
    Invalidated(Vec<Vec<u8>>),
    /// Any key may have changed: the server was flushed, or forgot what it was tracking.
    InvalidatedAll,
    /// A message came in on a channel.
    Message {
        /// The channel that it was published on.
        channel: Vec<u8>,
        /// What was published.
        payload: Vec<u8>,
    },
    /// A connection was made. Whatever was tracked or subscribed on an earlier one is gone.
    Connected,
    /// The connection is lost: pushes may have been missed.
    Disconnected,
    /// Whatever was subscribed is gone, and messages may have been missed. What is tracked is as it
    /// was.
    Unsubscribed,
}

/// Who is called for each push. It runs on the connection's own task, so it must be quick and must
/// not block.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(&Push) + Send + Sync>);

impl Listener {
    /// Calls `handler` for each push.
    pub fn new(handler: impl Fn(&Push) + Send + Sync + 'static) -> Self {
        Self(Arc::new(handler))
    }

    /// Tells it.
    pub fn hear(&self, push: &Push) {
        (self.0)(push);
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}
