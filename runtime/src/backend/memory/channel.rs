//! Channels: who is subscribed to what.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::dictionary::Bytes;
use super::session::SessionId;

/// The subscribers of each channel.
#[derive(Debug, Default)]
pub(super) struct Channels(HashMap<Bytes, BTreeSet<SessionId>>);

impl Channels {
    /// The session hears from now on what is published on the channel.
    pub(super) fn subscribe(&mut self, channel: &Bytes, session: SessionId) {
        self.0
            .entry(Arc::clone(channel))
            .or_default()
            .insert(session);
    }

    /// The session no longer hears it.
    pub(super) fn unsubscribe(&mut self, channel: &[u8], session: SessionId) {
        if let Some(subscribers) = self.0.get_mut(channel) {
            subscribers.remove(&session);
            if subscribers.is_empty() {
                self.0.remove(channel);
            }
        }
    }

    /// Who hears what is published on the channel.
    pub(super) fn subscribers(&self, channel: &[u8]) -> impl Iterator<Item = SessionId> {
        self.0.get(channel).into_iter().flatten().copied()
    }
}
