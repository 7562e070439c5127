//! What is to be invalidated.

use std::sync::Arc;
use std::time::Duration;

use super::super::change;
use super::super::clear;
use super::super::declaration::Declaration;
use super::super::engine::CacheEngine;
use super::super::groups::{Indexing, longest_life};
use super::super::index::{Group, Sight};
use crate::error::Result;
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
    pub(super) fn name(&self) -> Vec<u8> {
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
    pub(super) fn counted_under(&self) -> Option<&'static str> {
        match self {
            Self::Entry { spec, .. } | Self::Group { spec, .. } => Some(spec.namespace),
            Self::Tag(_) | Self::Namespace { .. } => None,
        }
    }

    /// How long there can be something to invalidate, as far as this build knows; `None` if there
    /// is no end to it.
    pub(super) fn lives(&self) -> Option<Duration> {
        match self {
            Self::Entry { spec, .. } | Self::Group { spec, .. } => longest_life(spec),
            Self::Tag(_) | Self::Namespace { .. } => None,
        }
    }

    /// Does away with what this process keeps of it, after it was queued: what is being read now
    /// may be kept no more.
    pub(super) fn drop_copies(&self, engine: &CacheEngine) {
        match self {
            Self::Entry { key, .. } => {
                let keys: Vec<Key> = key.covered_versions().collect();
                engine.local().changed(&keys);
            }
            Self::Tag(key) => engine.local().groups_changed(std::slice::from_ref(key)),
            Self::Group { keys, value, .. } => {
                let sets: Vec<Key> = keys.covered_versions().map(|it| it.set(value)).collect();
                engine.local().groups_changed(&sets);
            }
            // Which entries they are is known to the server alone.
            Self::Namespace { .. } => engine.local().forget_all(),
        }
    }

    /// Tells the server. It may be told any number of times.
    pub(super) async fn carry_out(self, engine: &Arc<CacheEngine>) -> Result<()> {
        match self {
            Self::Entry { key, indexing, .. } => {
                change::remove_entry(engine, &key, indexing).await.map(drop)
            }
            Self::Group {
                keys,
                value,
                sight,
                spec,
            } => {
                let group = Group::new(engine, spec, keys, value, sight);
                group.remove_all().await.map(drop)
            }
            Self::Tag(key) => change::remove_tag(engine, &key).await.map(drop),
            Self::Namespace { scope, namespace } => clear::remove_all(engine, &scope, &namespace)
                .await
                .map(drop),
        }
    }
}
