//! What is done to an entry by hand: putting a value, invalidating.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::call::Target;
use super::groups::{Indexing, Observed};
use super::index::Retired;
use super::lease::Taken;
use super::spec::CacheSpec;
use super::stored::Provenance;
use super::written::Written;
use crate::backend::{Atomicity, Backend, Call, Command, Pipeline, Reply, Resend};
use crate::clock::Moment;
use crate::context::{Budget, Question};
use crate::error::Result;
use crate::key::Key;

/// Puts what `write` writes in the place of what is there.
///
/// A try that fails is made anew, with another token, other versions of tags that have none, and so other bytes: what came back
/// after an invalidation in between would make true again what it had made void.
pub(crate) async fn put(
    target: &Target,
    spec: &CacheSpec,
    write: impl Fn(&Provenance) -> Result<Written>,
) -> Result<()> {
    let context = target.engine.context();
    context.hear_server_time().await?;
    let keys: Vec<Key> = target.key.covered_versions().collect();
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
    target.engine.foresight().saw(&target.key, written.lives());
    Ok(())
}

/// Removes the entry, in the versions that an invalidation covers, and takes it off the lists that it is on.
pub(crate) async fn invalidate(target: &Target) -> Result<()> {
    let context = target.engine.context();
    let call = context.command_call(Resend::Idempotent);
    let keys: Vec<Key> = target.key.covered_versions().collect();
    match target.indexing() {
        Indexing::No => {
            let unlink = keys.iter().fold(Command::new("UNLINK"), Command::arg);
            // Pinned where it is: a future that is handed over is kept twice.
            let unlinked = pin!(context.backend().run(&unlink, &call));
            target.engine.local().change(&keys, unlinked).await?;
        }
        Indexing::Yes => {
            let removed = pin!(remove(target, &keys));
            let retired = target.engine.local().change(&keys, removed).await?;
            let members = retired.into_iter().flat_map(Retired::members);
            target.engine.indexes().strike(members, &call).await;
        }
    }
    target.engine.foresight().missed(&target.key);
    Ok(())
}

/// A value that is to be put.
struct Put<'put, Write> {
    target: &'put Target,
    spec: &'put CacheSpec,
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
        let mut set = Command::new("SET").arg(&target.key).arg(&written.envelope);
        if let Some(lives) = written.lives() {
            set = set.arg("PX").arg(lives.as_millis() as u64);
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

    /// Puts a value that indexes list: takes the key over with a lease, lists the value, fills.
    async fn and_list(&self, observed: Observed) -> Result<Written> {
        let target = self.target;
        let leases = target.engine.leases();
        let mut lease = leases.prepare(&target.key, self.spec.lease, observed);
        let written = (self.write)(&Provenance {
            token: lease.token(),
            cost: Duration::ZERO,
            observed: Arc::clone(&lease.observed),
        })?;
        let clock = target.engine.context().clock();
        let mut budget = Budget::new(clock, self.until.saturating_since(clock.now()));
        lease.retired = remove(target, self.neighbours).await?;
        match leases.take(target, &mut lease, None, &mut budget).await? {
            // Whether it is stored or voided by now: whoever voided it came later.
            Taken::Yes => lease.fill(&written, &mut budget).await.map(drop)?,
            Taken::No => {}
        }
        Ok(written)
    }

    fn call(&self) -> Call {
        Call {
            deadline: self.until,
            resend: Resend::Never,
        }
    }
}

/// Removes entries and answers what is still listed of them.
async fn remove(target: &Target, keys: &[Key]) -> Result<Vec<Retired>> {
    let removals = keys.iter().map(|key| Command::new("GETDEL").arg(key));
    let questions: Vec<_> = removals.map(Question::Command).collect();
    let context = target.engine.context();
    let call = context.command_call(Resend::Idempotent);
    let replies = context.ask(&questions, &call).await?;
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
    Ok(retired)
}
