//! Clearing a namespace.

use std::sync::Arc;

use super::engine::CacheEngine;
use super::index;
use super::pending::{Subject, attempt};
use crate::error::Result;
use crate::key::Scope;

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
    attempt(engine, subject, remove_all(engine, scope, namespace)).await
}

/// Tells the server that they are removed.
pub(super) async fn remove_all(
    engine: &CacheEngine,
    scope: &Scope,
    namespace: &str,
) -> Result<u64> {
    engine.local().forget_all();
    let removed = index::clear(engine.indexes(), scope, namespace).await;
    // What was read while they were being removed, too; and some may be removed although there is
    // an error.
    engine.local().forget_all();
    engine.foresight().forget_all();
    removed
}
