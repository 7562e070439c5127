//! What is done to an entry by hand: putting a value, invalidating.

use std::sync::Arc;
use std::time::Duration;

use super::call::Target;
use super::groups::{Indexing, Observed};
use super::index::Retired;
use super::lease::Taken;
use super::spec::CacheSpec;
use super::stored::Provenance;
use super::written::Written;
use crate::backend::{Atomicity, Backend, Command, Pipeline, Reply, Resend};
use crate::context::{Budget, Question};
use crate::error::Result;
use crate::key::Key;

/// Puts what `write` writes in the place of what is there.
pub(crate) async fn put(
    target: &Target,
    spec: &CacheSpec,
    write: impl FnOnce(&Provenance) -> Result<Written>,
) -> Result<()> {
    target.engine.context().hear_server_time().await?;
    let observed = observe_tags(target, spec).await?;
    let keys: Vec<Key> = target.key.covered_versions().collect();
    let changed = async {
        match target.indexing() {
            Indexing::No => put_alone(target, &keys[1..], observed, write).await,
            Indexing::Yes => put_and_list(target, &keys[1..], spec, observed, write).await,
        }
    };
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
            let unlinked = context.backend().run(&unlink, &call);
            target.engine.local().change(&keys, unlinked).await?;
        }
        Indexing::Yes => {
            let removed = remove(target, &keys);
            let retired = target.engine.local().change(&keys, removed).await?;
            let members = retired.into_iter().flat_map(Retired::members);
            target.engine.indexes().strike(members, &call).await;
        }
    }
    target.engine.foresight().missed(&target.key);
    Ok(())
}

/// The versions of the tags before the value is put.
async fn observe_tags(target: &Target, spec: &CacheSpec) -> Result<Observed> {
    let questions = target.tag_versions(spec);
    if questions.is_empty() {
        return Ok(Observed::default());
    }
    let context = target.engine.context();
    let call = context.command_call(Resend::Idempotent);
    Observed::of_tags(context.ask(&questions, &call).await?)
}

/// Puts a value that no index lists.
async fn put_alone(
    target: &Target,
    neighbours: &[Key],
    observed: Observed,
    write: impl FnOnce(&Provenance) -> Result<Written>,
) -> Result<Written> {
    let written = write(&Provenance {
        token: target.engine.leases().next_token(),
        cost: Duration::ZERO,
        observed: Arc::new(observed),
    })?;
    let mut set = Command::new("SET").arg(&target.key).arg(&written.envelope);
    if let Some(lives) = written.lives() {
        set = set.arg("PX").arg(lives.as_millis() as u64);
    }
    // What the builds before and after have stored is as outdated as what this one had.
    let others = neighbours.iter().fold(Command::new("UNLINK"), Command::arg);
    let change = Pipeline::new(Atomicity::Independent).then(others).then(set);
    let context = target.engine.context();
    let call = context.command_call(Resend::Idempotent);
    for reply in context.backend().pipeline(&change, &call).await? {
        reply.checked("SET")?;
    }
    Ok(written)
}

/// Puts a value that indexes list: takes the key over with a lease, lists the value, fills.
async fn put_and_list(
    target: &Target,
    neighbours: &[Key],
    spec: &CacheSpec,
    observed: Observed,
    write: impl FnOnce(&Provenance) -> Result<Written>,
) -> Result<Written> {
    let leases = target.engine.leases();
    let mut lease = leases.prepare(&target.key, spec.lease, observed);
    let written = write(&Provenance {
        token: lease.token(),
        cost: Duration::ZERO,
        observed: Arc::clone(&lease.observed),
    })?;
    let context = target.engine.context();
    let mut budget = Budget::new(context.clock(), context.limits().command_timeout);
    lease.retired = remove(target, neighbours).await?;
    match leases.take(target, &mut lease, None, &mut budget).await? {
        // Whether it is stored or voided by now: whoever voided it came later.
        Taken::Yes => lease.fill(&written, &mut budget).await.map(drop)?,
        Taken::No => {}
    }
    Ok(written)
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
