//! What is done to an entry by hand: putting a value, invalidating.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::call::Target;
use super::declaration::Declaration;
use super::engine::CacheEngine;
use super::groups::{Indexing, Observed};
use super::index::Retired;
use super::lease::{Filled, Taken};
use super::local::InvalidationToken;
use super::pending::{Subject, attempt};
use super::stored::Provenance;
use super::written::Written;
use crate::backend::{Atomicity, Backend, Call, Command, Pipeline, Reply, Resend};
use crate::clock::Moment;
use crate::context::{Budget, Question};
use crate::error::Result;
use crate::key::{Key, TagKey};
use crate::length::millis;

/// Puts what `write` writes in the place of what is there.
///
/// A try that fails is made anew, with another token, other versions of tags that have none, and so
/// other bytes: what came back after an invalidation in between would make true again what it had
/// made void.
pub(crate) async fn put(
    target: &Target,
    spec: &Declaration,
    write: impl Fn(&Provenance) -> Result<Written>,
) -> Result<()> {
    let context = target.engine.context();
    context.hear_server_time().await?;
    let pending = target.engine.pending();
    let _turn = pending
        .turn_to_put(std::iter::once(target.key().as_bytes()))
        .await;
    let began = pending.now();
    let keys: Vec<Key> = target.key().covered_versions().collect();
    let put = Put {
        target,
        spec,
        neighbours: &keys[1..],
        until: context.clock().now() + context.limits().command_timeout,
        write: &write,
    };
    let call = context.command_call(Resend::Idempotent);
    let changed = pin!(context.backend().try_anew(&call, |_| put.once()));
    let written = target.engine.local().change(&keys, changed).await?;
    // Of an invalidation that waits and of a value that was put later, the value is what was meant
    // last.
    pending.settle(target.key().as_bytes(), began);
    target.engine.foresight().saw(target.key(), written.lives());
    Ok(())
}

/// Removes the entry, in the versions that an invalidation covers, and takes it off the lists that
/// it is on. If the server is away, it is queued.
pub(crate) async fn invalidate(target: &Target, spec: &Declaration) -> Result<InvalidationToken> {
    let (engine, key, indexing) = (&target.engine, target.key(), target.indexing());
    let removed = remove_entry(engine, key, indexing);
    attempt(engine, entry(target, spec), removed).await
}

/// The entry, as something to be invalidated.
pub(super) fn entry(target: &Target, spec: &Declaration) -> Subject {
    Subject::Entry {
        key: target.key().clone(),
        indexing: target.indexing(),
        spec: spec.clone(),
    }
}

/// Invalidates a tag. If the server is away, it is queued.
pub(crate) async fn invalidate_tag(
    engine: &Arc<CacheEngine>,
    tag: &TagKey,
) -> Result<InvalidationToken> {
    let subject = Subject::Tag(tag.clone());
    attempt(engine, subject, remove_tag(engine, tag)).await
}

/// Tells the server that a tag is invalidated.
pub(super) async fn remove_tag(engine: &CacheEngine, tag: &TagKey) -> Result<InvalidationToken> {
    let invalidated = pin!(engine.tags().invalidate(tag));
    let tags = std::slice::from_ref(tag);
    engine.local().change_groups(tags, invalidated).await
}

/// Tells the server that an entry is invalidated.
pub(super) async fn remove_entry(
    engine: &CacheEngine,
    key: &Key,
    indexing: Indexing,
) -> Result<InvalidationToken> {
    let context = engine.context();
    let keys: Vec<Key> = key.covered_versions().collect();
    let time = match indexing {
        Indexing::No => {
            let unlink = keys.iter().fold(Command::new("UNLINK"), Command::arg);
            // The time comes last: whatever was read later by the server's clock was read after the
            // removal.
            let change = Pipeline::new(Atomicity::Independent)
                .then(unlink)
                .then(Command::new("TIME"));
            let call = context.command_call(Resend::Idempotent);
            // Pinned where it is: a future that is handed over is kept twice.
            let changed = pin!(context.backend().pipeline(&change, &call));
            let replies = engine.local().change(&keys, changed).await?;
            let mut replies = replies.into_iter();
            replies.next().unwrap_or(Reply::Nil).checked("UNLINK")?;
            replies.next()
        }
        // Boxed: most functions have no indexes.
        Indexing::Yes => Box::pin(remove_listed(engine, &keys)).await?,
    };
    engine.foresight().missed(key);
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

/// A value that is to be put.
struct Put<'put, Write> {
    target: &'put Target,
    spec: &'put Declaration,
    /// The same entry in the versions beside this one: outdated too.
    neighbours: &'put [Key],
    until: Moment,
    write: &'put Write,
}

impl<Write: Fn(&Provenance) -> Result<Written>> Put<'_, Write> {
    async fn once(&self) -> Result<Written> {
        let observed = self.observe_tags().await?;
        match self.target.indexing() {
            Indexing::No => self.alone(observed).await,
            // Boxed: most functions have no indexes.
            Indexing::Yes => Box::pin(self.and_list(observed)).await,
        }
    }

    /// The versions of the tags before the value is put.
    async fn observe_tags(&self) -> Result<Observed> {
        let questions = self.target.tag_versions(self.spec);
        if questions.is_empty() {
            return Ok(Observed::default());
        }
        let context = self.target.engine.context();
        Observed::of_tags(context.ask(&questions, &self.call()).await?)
    }

    /// Puts a value that no index lists.
    async fn alone(&self, observed: Observed) -> Result<Written> {
        let target = self.target;
        let written = (self.write)(&Provenance {
            token: target.engine.leases().next_token(),
            cost: Duration::ZERO,
            observed: Arc::new(observed),
        })?;
        let mut set = Command::new("SET").arg(target.key()).arg(&written.envelope);
        if let Some(lives) = written.lives() {
            set = set.arg("PX").arg(millis(lives));
        }
        let others = self.neighbours.iter();
        let others = others.fold(Command::new("UNLINK"), Command::arg);
        let change = Pipeline::new(Atomicity::Independent).then(others).then(set);
        let backend = target.engine.context().backend();
        for reply in backend.pipeline(&change, &self.call()).await? {
            reply.checked("SET")?;
        }
        Ok(written)
    }

    /// Puts a value that indexes list: takes the key over with a lease, lists the value, fills. A
    /// lease that ends before that is done was voided by nobody, and the value is put anew.
    async fn and_list(&self, observed: Observed) -> Result<Written> {
        let clock = self.target.engine.context().clock();
        loop {
            let began = clock.now();
            let (written, filled) = self.list_and_fill(observed.clone()).await?;
            // Whether it is stored or voided by now: whoever voided it came later.
            if filled == Filled::Stored || clock.now() < began + self.spec.lease {
                return Ok(written);
            }
        }
    }

    async fn list_and_fill(&self, observed: Observed) -> Result<(Written, Filled)> {
        let target = self.target;
        let leases = target.engine.leases();
        let mut lease = leases.prepare(target.key(), self.spec.lease, observed);
        let written = (self.write)(&Provenance {
            token: lease.token(),
            cost: Duration::ZERO,
            observed: Arc::clone(&lease.observed),
        })?;
        let clock = target.engine.context().clock();
        let mut budget = Budget::new(clock, self.until.saturating_since(clock.now()));
        lease.retired = remove(&target.engine, self.neighbours).await?.retired;
        let filled = match leases.take(target, &mut lease, None, &mut budget).await? {
            Taken::Yes => lease.fill(&written, &mut budget).await?,
            Taken::No => Filled::Voided,
        };
        Ok((written, filled))
    }

    fn call(&self) -> Call {
        Call {
            deadline: self.until,
            resend: Resend::Never,
        }
    }
}

/// Entries that are no more.
struct Removed {
    /// What is still listed of them.
    retired: Vec<Retired>,
    /// What the server's clock showed afterwards.
    time: Option<Reply>,
}

async fn remove(engine: &CacheEngine, keys: &[Key]) -> Result<Removed> {
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
