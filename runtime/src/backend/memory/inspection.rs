//! Everything that a server holds, as a test looks at it.

use std::time::Duration;

use super::MemoryServer;
use super::keyspace::Ending;
use super::value::{Text, Value};

/// One key as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredKey {
    /// Its name.
    pub(crate) name: Vec<u8>,
    /// How long it still lives; nothing for a key without an end.
    pub(crate) left: Option<Duration>,
    /// What it holds, if it is a string.
    pub(crate) text: Option<Vec<u8>>,
}

impl MemoryServer {
    /// Every key there is, in the order of their names. Nobody's tracking hears of it.
    pub(crate) fn stored_keys(&self) -> Vec<StoredKey> {
        let mut keys = self.look(|database| {
            let keyspace = &mut database.keyspace;
            let mut found = Vec::new();
            keyspace.scan(0, usize::MAX, |name, value| {
                let text = match value {
                    Value::Text(Text(text)) => Some(text.clone()),
                    _ => None,
                };
                found.push((name.to_vec(), text));
            });
            let now = keyspace.now();
            let stored = found.into_iter().map(|(name, text)| {
                let left = match keyspace.ending(&name) {
                    Some(Ending::At(moment)) => {
                        Some(Duration::from_millis(moment.saturating_sub(now)))
                    }
                    _ => None,
                };
                StoredKey { name, left, text }
            });
            stored.collect::<Vec<_>>()
        });
        keys.sort_by(|one, other| one.name.cmp(&other.name));
        keys
    }
}
