//! What is to be invalidated, told to the server.

use std::sync::Arc;

use crate::cache::engine::CacheEngine;
use crate::cache::group::Group;
use crate::cache::pending::Subject;
use crate::cache::removal::{remove_entry, remove_namespace, remove_tag};
use crate::error::Result;

/// Tells the server. It may be told any number of times.
pub(super) async fn carry_out(engine: &Arc<CacheEngine>, subject: Subject) -> Result<()> {
    match subject {
        Subject::Entry { key, indexing, .. } => {
            remove_entry(engine, &key, indexing).await.map(drop)
        }
        Subject::Group {
            keys,
            value,
            sight,
            spec,
        } => {
            let group = Group::new(engine, spec, keys, value, sight);
            group.remove_all().await.map(drop)
        }
        Subject::Tag(key) => remove_tag(engine, &key).await.map(drop),
        Subject::Namespace { scope, namespace } => {
            remove_namespace(engine, &scope, &namespace).await.map(drop)
        }
    }
}
