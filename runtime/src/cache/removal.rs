//! What the server is told of an entry, a tag, or a namespace that is invalidated.

use std::pin::pin;

use super::engine::CacheEngine;
use super::groups::Indexing;
use super::index::{self, Retired};
use super::local::InvalidationToken;
use super::target::Target;
use crate::backend::{Atomicity, Backend, Command, Pipeline, Reply, Resend};
use crate::context::Question;
use crate::error::Result;
use crate::key::{Key, Scope, TagKey};

/// How many keys one command removes: none holds up the server.
const PAGE: usize = 512;

/// Tells the server that an entry is invalidated.
pub(super) async fn remove_entry(
    engine: &CacheEngine,
    key: &Key,
    indexing: Indexing,
) -> Result<InvalidationToken> {
    let keys: Vec<Key> = key.covered_versions().collect();
    let removed = remove_keys(engine, &keys, indexing).await?;
    engine.foresight().missed(key);
    Ok(removed)
}

/// Removes what the builds of the version before and after have of an entry that is changed by
/// hand: none of them is to serve what another has changed.
pub(super) async fn remove_neighbours(target: &Target) -> Result<()> {
    let neighbours: Vec<Key> = target.key().covered_versions().skip(1).collect();
    let removed = remove_keys(&target.engine, &neighbours, target.indexing());
    removed.await.map(drop)
}

/// Tells the server that what stands under these keys is invalidated.
pub(super) async fn remove_keys(
    engine: &CacheEngine,
    keys: &[Key],
    indexing: Indexing,
) -> Result<InvalidationToken> {
    let context = engine.context();
    let time = match indexing {
        Indexing::No => {
            let pages = keys.chunks(PAGE);
            let unlinks = pages.map(|page| Command::new("UNLINK").args(page));
            // The time comes last: whatever was read later by the server's clock was read after the
            // removal.
            let change = unlinks
                .chain([Command::new("TIME")])
                .fold(Pipeline::new(Atomicity::Independent), Pipeline::then);
            let call = context.command_call(Resend::Idempotent);
            // Pinned where it is: a future that is handed over is kept twice.
            let changed = pin!(context.backend().pipeline(&change, &call));
            let mut replies = engine.local().change(keys, changed).await?;
            let time = replies.pop();
            for reply in replies {
                reply.checked("UNLINK")?;
            }
            time
        }
        // Boxed: most functions have no indexes.
        Indexing::Yes => Box::pin(remove_listed(engine, keys)).await?,
    };
    // It is invalidated, whether the server tells the time or not.
    Ok(match time.map(|reply| context.server_time().hear(reply)) {
        Some(Ok(micros)) => InvalidationToken::at(micros),
        _ => InvalidationToken::UNKNOWN,
    })
}

/// The same of an entry that indexes may list; answers the time after the removal.
async fn remove_listed(engine: &CacheEngine, keys: &[Key]) -> Result<Option<Reply>> {
    let removed = pin!(remove(engine, keys));
    let Removed { retired, time } = engine.local().change(keys, removed).await?;
    let members = retired.into_iter().flat_map(Retired::members);
    let call = engine.context().command_call(Resend::Idempotent);
    engine.indexes().strike(members, &call).await;
    Ok(time)
}

/// Tells the server that a tag is invalidated.
pub(super) async fn remove_tag(engine: &CacheEngine, tag: &TagKey) -> Result<InvalidationToken> {
    let invalidated = pin!(engine.tags().invalidate(tag));
    let tags = std::slice::from_ref(tag);
    engine.local().change_groups(tags, invalidated).await
}

/// Tells the server that every entry of a namespace is removed; answers how many they were.
pub(super) async fn remove_namespace(
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

/// Entries that are no more.
pub(super) struct Removed {
    /// What is still listed of them.
    pub(super) retired: Vec<Retired>,
    /// What the server's clock showed afterwards.
    time: Option<Reply>,
}

/// Removes what stands under these keys, whatever indexes list it.
pub(super) async fn remove(engine: &CacheEngine, keys: &[Key]) -> Result<Removed> {
    let removals = keys.iter().map(|key| Command::new("GETDEL").arg(key));
    let commands = removals.chain([Command::new("TIME")]);
    let questions: Vec<_> = commands.map(Question::Command).collect();
    let context = engine.context();
    let call = context.command_call(Resend::Idempotent);
    let mut replies = context.ask(&questions, &call).await?;
    let time = replies.pop();
    let mut retired = Vec::new();
    for (key, reply) in keys.iter().zip(replies) {
        match reply {
            // Whoever put it there, it stands in the way of the entry.
            Reply::Error(error) if error.code() == "WRONGTYPE" => {
                let unlink = Command::new("UNLINK").arg(key);
                context.backend().run(&unlink, &call).await?;
            }
            reply => {
                let held = reply.checked("GETDEL")?.into_bytes("GETDEL")?;
                retired.extend(held.and_then(|bytes| Retired::of(&bytes, key)));
            }
        }
    }
    Ok(Removed { retired, time })
}
