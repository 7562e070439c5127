//! Who read which key, so that it can be told when the key changes.

use super::dictionary::{Bytes, Dictionary};
use super::session::SessionId;

/// How many keys are remembered at most; Redis' own default for `tracking-table-max-keys`.
const MOST_KEYS: usize = 1_000_000;

/// The table of readers. A key is told of once, then forgotten until it is read again.
#[derive(Debug, Default)]
pub(super) struct Tracking {
    readers: Dictionary<Vec<SessionId>>,
    /// What is to be told, in the order in which it happened.
    notices: Vec<(SessionId, Vec<u8>)>,
}

impl Tracking {
    /// Remembers that this session has read the key, be there a value or not.
    pub(super) fn remember(&mut self, session: SessionId, key: &[u8], random: &mut fastrand::Rng) {
        if let Some(readers) = self.readers.get_mut(key) {
            if !readers.contains(&session) {
                readers.push(session);
            }
            return;
        }
        if self.readers.len() >= MOST_KEYS
            && let Some(place) = self.readers.draw(random)
            && let Some((victim, _)) = self.readers.at(place)
        {
            // Who is forgotten is told so: it must not believe that it would hear of a change.
            let victim = Bytes::clone(victim);
            self.changed(&victim);
        }
        self.readers.insert(Bytes::from(key), vec![session]);
    }

    /// Notes for the key's readers that it was changed, deleted or has ended.
    pub(super) fn changed(&mut self, key: &[u8]) {
        if self.readers.is_empty() {
            return;
        }
        if let Some((_, readers)) = self.readers.remove(key) {
            self.notices
                .extend(readers.into_iter().map(|reader| (reader, key.to_vec())));
        }
    }

    /// Forgets everything: the keyspace was flushed.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Forgets what this session has read.
    pub(super) fn forget(&mut self, session: SessionId) {
        let read_by_it: Vec<Bytes> = self
            .readers
            .iter()
            .filter(|(_, readers)| readers.contains(&session))
            .map(|(key, _)| Bytes::clone(key))
            .collect();
        for key in read_by_it {
            if let Some(readers) = self.readers.get_mut(&key) {
                readers.retain(|reader| *reader != session);
                if readers.is_empty() {
                    self.readers.remove(&key);
                }
            }
        }
    }

    /// What is to be told, in order.
    pub(super) fn take_notices(&mut self) -> Vec<(SessionId, Vec<u8>)> {
        std::mem::take(&mut self.notices)
    }
}
