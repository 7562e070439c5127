//! What an entry belongs to: its tags and the lists of indexes that it is on.

use super::index::IndexValues;
use crate::key::{CacheKey, IndexValue, Key, Tag, TagKey};

/// What a call knows of its entry's groups before there is a value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Groups {
    pub(super) tags: Vec<Tag>,
    /// Known when it is known whose they are.
    pub(super) tag_keys: Vec<TagKey>,
    pub(super) listed: Vec<IndexValue>,
    pub(super) indexing: Indexing,
}

/// Whether the function has indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Indexing {
    #[default]
    No,
    Yes,
}

impl Groups {
    /// The entry has this tag.
    pub(crate) fn tag(&mut self, tag: Tag) {
        if !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
    }

    /// The groups of this entry.
    pub(super) fn settle(&mut self, entry: &Key) {
        self.tag_keys = self.tags.iter().map(|tag| tag.beside(entry)).collect();
    }

    /// The entry is listed under this value.
    pub(crate) fn list<K: CacheKey + ?Sized>(&mut self, index: &'static str, value: &K) {
        let mut values = IndexValues::default();
        values.of(index).value(value);
        self.list_all(values);
    }

    /// The entry is listed under these values.
    pub(crate) fn list_all(&mut self, values: IndexValues) {
        self.indexing = Indexing::Yes;
        for value in values.into_found() {
            if !self.listed.contains(&value) {
                self.listed.push(value);
            }
        }
    }

    /// The function has indexes, whether or not this entry is listed.
    pub(crate) fn indexed(&mut self) {
        self.indexing = Indexing::Yes;
    }
}
