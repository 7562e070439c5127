//! Invalidations as they are asked for: whatever is asked is done, or queued.

use std::sync::Arc;

use super::attempt::attempt;
use crate::cache::declaration::Declaration;
use crate::cache::engine::CacheEngine;
use crate::cache::group::Group;
use crate::cache::local::InvalidationToken;
use crate::cache::pending::Subject;
use crate::cache::removal::{remove_entry, remove_namespace, remove_tag};
use crate::cache::target::Target;
use crate::error::Result;
use crate::key::{Scope, TagKey};

/// Removes the entry, in the versions that an invalidation covers, and takes it off the lists that
/// it is on. If the server is away, it is queued.
pub(crate) async fn invalidate(target: &Target, spec: &Declaration) -> Result<InvalidationToken> {
    let (engine, key, indexing) = (&target.engine, target.key(), target.indexing());
    let removed = remove_entry(engine, key, indexing);
    attempt(engine, entry(target, spec), removed).await
}

/// Invalidates a tag. If the server is away, it is queued.
pub(crate) async fn invalidate_tag(
    engine: &Arc<CacheEngine>,
    tag: &TagKey,
) -> Result<InvalidationToken> {
    let subject = Subject::Tag(tag.clone());
    attempt(engine, subject, remove_tag(engine, tag)).await
}

/// Removes every entry of a namespace and answers how many there were. If the server is away, it is
/// queued.
pub(crate) async fn clear(
    engine: &Arc<CacheEngine>,
    scope: &Scope,
    namespace: &str,
) -> Result<u64> {
    let subject = Subject::Namespace {
        scope: scope.clone(),
        namespace: namespace.to_owned(),
    };
    attempt(engine, subject, remove_namespace(engine, scope, namespace)).await
}

impl Group {
    /// Removes them all and voids the loads that would become some of them; answers how many
    /// entries and loads that were. If the server is away, it is queued.
    pub(crate) async fn invalidate(self) -> Result<u64> {
        let engine = Arc::clone(&self.engine);
        attempt(&engine, self.subject(), self.remove_all()).await
    }
}

/// The entry, as something to be invalidated.
pub(crate) fn entry(target: &Target, spec: &Declaration) -> Subject {
    Subject::Entry {
        key: target.key().clone(),
        indexing: target.indexing(),
        spec: spec.clone(),
    }
}
