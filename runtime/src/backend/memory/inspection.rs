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
    pub(crate) content: Content,
}

/// What a key holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// A string.
    Text(Vec<u8>),
    /// The members of a sorted set.
    Members(Vec<Vec<u8>>),
    /// Something else.
    Other,
}

impl MemoryServer {
    /// Every key there is, in the order of their names. Nobody's tracking hears of it.
    pub(crate) fn stored_keys(&self) -> Vec<StoredKey> {
        let mut keys = self.look(|database| {
            let keyspace = &mut database.keyspace;
            let mut found = Vec::new();
            keyspace.scan(0, usize::MAX, |name, value| {
                let content = match value {
                    Value::Text(Text(text)) => Content::Text(text.clone()),
                    Value::SortedSet(set) => {
                        Content::Members(set.iter().map(|(member, _)| member.to_vec()).collect())
                    }
                    _ => Content::Other,
                };
                found.push((name.to_vec(), content));
            });
            let now = keyspace.now();
            let stored = found.into_iter().map(|(name, content)| {
                let left = match keyspace.ending(&name) {
                    Some(Ending::At(moment)) => {
                        Some(Duration::from_millis(moment.saturating_sub(now)))
                    }
                    _ => None,
                };
                StoredKey {
                    name,
                    left,
                    content,
                }
            });
            stored.collect::<Vec<_>>()
        });
        keys.sort_by(|one, other| one.name.cmp(&other.name));
        keys
    }
}
