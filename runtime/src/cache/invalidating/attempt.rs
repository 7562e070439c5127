//! One invalidation, as its caller sees it.

use std::pin::pin;
use std::sync::Arc;

use super::retry::ensure;
use crate::cache::engine::CacheEngine;
use crate::cache::pending::{MOST, Queued, Subject};
use crate::error::Result;
use crate::key::Key;
use crate::metrics::Event;

/// Carries out an invalidation of this. If the server is away, or the caller gives up before it has
/// answered, it is queued.
///
/// One that was queued before and is about the same is done with this one.
pub(crate) async fn attempt<T>(
    engine: &Arc<CacheEngine>,
    subject: Subject,
    change: impl Future<Output = Result<T>>,
) -> Result<T> {
    // Pinned where it is: a future that is handed over is kept twice.
    attempt_all(engine, vec![subject], pin!(change)).await
}

/// Carries out an invalidation of all these at once; what is not done of it is queued, each by
/// itself.
pub(crate) async fn attempt_all<T>(
    engine: &Arc<CacheEngine>,
    subjects: Vec<Subject>,
    change: impl Future<Output = Result<T>>,
) -> Result<T> {
    let began = engine.pending().now();
    let mut attempt = Attempt { engine, subjects };
    let outcome = change.await;
    let subjects = std::mem::take(&mut attempt.subjects);
    match outcome {
        Err(error) if error.is_temporary() => {
            let queued: Vec<Queued> = subjects.iter().map(|it| queue(engine, it)).collect();
            Err(if queued.contains(&Queued::Closed) {
                error
            } else if queued.contains(&Queued::Full) {
                error.with("not queued", format!("{MOST} others wait already"))
            } else {
                error.queued()
            })
        }
        Err(error) => Err(error),
        Ok(done) => {
            for subject in subjects {
                engine.pending().settle(&subject.name(), began);
            }
            Ok(done)
        }
    }
}

/// An invalidation under way. The server may or may not have been told when it is dropped.
struct Attempt<'engine> {
    engine: &'engine Arc<CacheEngine>,
    /// None when the server has answered.
    subjects: Vec<Subject>,
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        for subject in &self.subjects {
            queue(self.engine, subject);
        }
    }
}

fn queue(engine: &Arc<CacheEngine>, subject: &Subject) -> Queued {
    let was_empty = engine.pending().count() == 0;
    let queued = engine.pending().push(subject.clone());
    let metrics = engine.context().metrics();
    let count = |event| {
        if let Some(namespace) = subject.counted_under() {
            metrics.count(namespace, event);
        }
    };
    match queued {
        Queued::Yes => {
            count(Event::InvalidationQueued);
            if was_empty {
                tracing::warn!(
                    "an invalidation could not be carried out: it is tried until it is, and what it is about is not read here meanwhile"
                );
            }
            drop_copies(engine, subject);
            ensure(engine);
        }
        Queued::Full | Queued::Closed => {
            count(Event::InvalidationLost);
            let name = String::from_utf8_lossy(&subject.name()).into_owned();
            tracing::error!(
                name,
                "an invalidation could not be carried out, and is not tried again: {}",
                match queued {
                    Queued::Closed => "the Larder is closed",
                    _ => "too many others wait already",
                }
            );
        }
    }
    queued
}

/// Does away with what this process keeps of it, after it was queued: what is being read now
/// may be kept no more.
fn drop_copies(engine: &CacheEngine, subject: &Subject) {
    match subject {
        Subject::Entry { key, .. } => {
            let keys: Vec<Key> = key.covered_versions().collect();
            engine.local().changed(&keys);
        }
        Subject::Tag(key) => engine.local().groups_changed(std::slice::from_ref(key)),
        Subject::Group { keys, value, .. } => {
            let sets: Vec<Key> = keys.covered_versions().map(|it| it.set(value)).collect();
            engine.local().groups_changed(&sets);
        }
        // Which entries they are is known to the server alone.
        Subject::Namespace { .. } => engine.local().forget_all(),
    }
}
