//! Putting a value in the place of what is there.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::declaration::Declaration;
use super::groups::Indexing;
use super::lease::{Filled, Taken};
use super::observed::Observed;
use super::removal::remove;
use super::stored::Provenance;
use super::target::Target;
use super::written::Written;
use crate::backend::{Atomicity, Backend, Call, Command, Pipeline, Resend};
use crate::clock::Moment;
use crate::context::Budget;
use crate::error::Result;
use crate::key::Key;
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
            Taken::Yes { .. } => lease.fill(&written, &mut budget).await?,
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
