//! What is to be invalidated.

use std::time::Duration;

use super::super::declaration::Declaration;
use super::super::groups::Indexing;
use super::super::index::Sight;
use crate::key::{IndexKeys, IndexValue, Key, Scope, TagKey, Versions};

/// What an invalidation is about. It holds no engine, since the engine holds it.
#[derive(Debug, Clone)]
pub(crate) enum Subject {
    /// One entry, in the versions that an invalidation covers.
    Entry {
        key: Key,
        indexing: Indexing,
        spec: Declaration,
    },
    /// Every entry with this value of an index.
    Group {
        keys: IndexKeys,
        value: IndexValue,
        sight: Sight,
        spec: Declaration,
    },
    /// Every entry with this tag.
    Tag(TagKey),
    /// Every entry of a namespace.
    Namespace { scope: Scope, namespace: String },
}

impl Subject {
    /// What tells it from all others: a key, or the pattern of many, which no key is.
    pub(crate) fn name(&self) -> Vec<u8> {
        match self {
            Self::Entry { key, .. } => key.as_bytes().to_vec(),
            Self::Group { keys, value, .. } => keys.set(value).as_bytes().to_vec(),
            Self::Tag(key) => key.as_bytes().to_vec(),
            Self::Namespace { scope, namespace } => {
                scope.namespace_pattern(namespace, Versions::Any)
            }
        }
    }

    /// The namespace under which it is counted; a tag has none, and one that is cleared may have no
    /// function here.
    pub(crate) fn counted_under(&self) -> Option<&'static str> {
        match self {
            Self::Entry { spec, .. } | Self::Group { spec, .. } => Some(spec.namespace),
            Self::Tag(_) | Self::Namespace { .. } => None,
        }
    }

    /// How long there can be something to invalidate, as far as this build knows; `None` if there
    /// is no end to it.
    pub(crate) fn lives(&self) -> Option<Duration> {
        match self {
            Self::Entry { spec, .. } | Self::Group { spec, .. } => spec.longest_life(),
            Self::Tag(_) | Self::Namespace { .. } => None,
        }
    }
}
