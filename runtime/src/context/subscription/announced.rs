//! What listeners are told.

use std::sync::Arc;

use crate::error::Error;

/// What comes in on a channel.
#[derive(Debug, Clone)]
pub(crate) enum Announced {
    /// A message.
    Message(Arc<[u8]>),
    /// Messages may have been missed before this one: the connection was lost, or the listener was
    /// too slow.
    Missed,
    /// Nothing will come in any more, for this reason: the server refuses, or the Larder was
    /// closed.
    Ended(Error),
}
