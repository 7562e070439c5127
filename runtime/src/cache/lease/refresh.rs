//! The right to refresh an entry while it is read, held by one load in the whole fleet.
//!
//! It stands in the entry itself, so whoever deletes or overwrites the entry, with any client,
//! revokes it too; see `docs/decisions/0007`.

use std::sync::Arc;
use std::task::Context as Task;
use std::time::Duration;

use super::renewal::{By, Holding};
use super::{Digest, Filled, Hold, Lease, Leases, Renewal, Taken};
use crate::backend::{Backend, Reply, Resend};
use crate::cache::groups::Indexing;
use crate::cache::observed::Observed;
use crate::cache::refreshes::Refreshing;
use crate::cache::spec::CacheSpec;
use crate::cache::target::Target;
use crate::cache::written::Written;
use crate::codec::envelope::{REFRESH_TOKEN, Token};
use crate::context::{Budget, Question};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::length::{millis, millis_at_least_one};

/// The lease of a refresh that is held, or may be: dropping it gives it back in the background.
#[derive(Debug)]
pub(crate) struct RefreshLease {
    leases: Arc<Leases>,
    key: Key,
    /// What stands under the key between the old value and the new one, where they have to be
    /// listed; not taken yet. Its token is the refresh's too.
    between: Lease,
    life: Duration,
    hold: Hold,
    /// That this process is at it; an explicit refresh does not ask.
    _refreshing: Option<Refreshing>,
}

/// From whom a lease may be taken.
#[derive(Debug)]
pub(crate) enum Grip {
    /// From nobody: it must be free.
    IfFree(Refreshing),
    /// From whoever has it.
    FromAnybody,
}

impl Leases {
    /// Takes the lease on refreshing what the load of this token has stored; `None` if somebody has
    /// it, or something else stands there. In the same round trip it is observed what the refresh
    /// may be stored under.
    pub(crate) async fn renew(
        self: &Arc<Self>,
        target: &Target,
        spec: &CacheSpec,
        of: Token,
        grip: Grip,
        budget: &mut Budget<'_>,
    ) -> Result<Option<RefreshLease>> {
        let (word, refreshing) = match grip {
            Grip::IfFree(refreshing) => ("free", Some(refreshing)),
            Grip::FromAnybody => ("any", None),
        };
        // Made before the question is sent: should the caller be dropped while it waits, the lease
        // is given back.
        let mut lease = RefreshLease {
            leases: Arc::clone(self),
            key: target.key().clone(),
            between: self.prepare(target.key(), spec.lease, Observed::default()),
            life: spec.lease,
            hold: Hold::Held,
            _refreshing: refreshing,
        };
        let question = self
            .scripts
            .renew
            .on(&[target.key()])
            .arg(of.as_bytes().as_slice())
            .arg(lease.token().as_bytes().as_slice())
            .arg(millis_at_least_one(spec.lease))
            .arg(word);
        let mut questions = vec![Question::Script(question)];
        questions.extend(target.observing(spec));
        let ask = async |call| self.context.ask(&questions, &call).await;
        let asked = budget.spend(ask).await;
        if asked.as_ref().is_err_and(Error::is_unsent) {
            lease.hold = Hold::Gone;
        }
        let mut replies = asked?;
        let observing = replies.split_off(1);
        let reply = replies.pop().unwrap_or(Reply::Nil).checked("renew")?;
        let mut parts = reply.into_array("renew")?.into_iter();
        let mut next = || parts.next().unwrap_or(Reply::Nil);
        let taken = next().into_int("renew")?;
        self.context
            .server_time()
            .observe(next().into_int("renew")?);
        if taken == 0 {
            lease.hold = Hold::Gone;
            return Ok(None);
        }
        lease.between.observed = Arc::new(target.observed(observing)?);
        Ok(Some(lease))
    }
}

impl RefreshLease {
    /// What tells this refresh from all other loads.
    pub(crate) fn token(&self) -> Token {
        self.between.token()
    }

    /// What the groups of the entry were like before the refresh began.
    pub(crate) fn observed(&self) -> Arc<Observed> {
        Arc::clone(&self.between.observed)
    }

    /// Keeps the lease alive: to be called whenever the load was polled and is not done.
    pub(crate) fn keep(&mut self, renewal: &mut Renewal, task: &mut Task<'_>) {
        let (leases, key, token, life) = (&self.leases, &self.key, self.token(), self.life);
        renewal.keep(&mut self.hold, task, || Holding {
            leases: Arc::clone(leases),
            key: key.clone(),
            by: By::Token(token),
            life,
        });
    }

    /// Puts what was loaded in the place of what was there, if that still is.
    pub(crate) async fn fill(
        &mut self,
        target: &Target,
        written: &Written,
        budget: &mut Budget<'_>,
    ) -> Result<Filled> {
        if self.hold == Hold::Gone {
            return Ok(Filled::Voided);
        }
        if target.indexing() == Indexing::No {
            return self.supersede(written, budget).await;
        }
        // Members are only true of a lease or a value that is there. So the old value makes room
        // before the new one is listed.
        let leases = target.engine.leases();
        let old = Digest::of_refresh(self.token());
        let taken = leases.take(target, &mut self.between, Some(&old), budget);
        let taken = taken.await?;
        self.hold = Hold::Gone;
        match taken {
            Taken::Yes { .. } => self.between.fill(written, budget).await,
            Taken::No => Ok(Filled::Voided),
        }
    }

    async fn supersede(&mut self, written: &Written, budget: &mut Budget<'_>) -> Result<Filled> {
        let script = &self.leases.scripts.supersede;
        let question = script
            .on(&[&self.key])
            .arg(self.token().as_bytes().as_slice());
        let question = question.arg(&written.envelope).arg(written.ttl_millis);
        let backend = self.leases.context.backend();
        let reply = budget
            .spend(async |call| backend.script(&question, &call).await)
            .await?;
        self.hold = Hold::Gone;
        Filled::from_reply(reply)
    }

    /// Leaves the old value as it is. Nobody else tries again for so long.
    pub(crate) async fn yield_for(mut self, pause: Duration, budget: &mut Budget<'_>) {
        let question = self.leases.scripts.hold.on(&[&self.key]);
        let question = question.arg(self.token().as_bytes().as_slice());
        let question = question.arg(millis(pause));
        let backend = self.leases.context.backend();
        let held = budget
            .spend(async |call| backend.script(&question, &call).await)
            .await;
        if held.is_ok() {
            self.hold = Hold::Gone;
        }
    }

    /// Removes the old value.
    pub(crate) async fn remove(mut self, target: &Target, budget: &mut Budget<'_>) {
        let leases = &self.leases;
        let removed = leases.discard(target, self.token(), REFRESH_TOKEN, budget);
        if removed.await.is_ok() {
            self.hold = Hold::Gone;
        }
    }
}

impl Drop for RefreshLease {
    fn drop(&mut self) {
        if self.hold == Hold::Gone {
            return;
        }
        let (leases, key, token) = (Arc::clone(&self.leases), self.key.clone(), self.token());
        self.leases.context.background().go_on(async move {
            let hold = leases.scripts.hold.on(&[&key]);
            let question = hold.arg(token.as_bytes().as_slice()).arg(0_u64);
            let call = leases.context.command_call(Resend::Idempotent);
            if let Err(error) = leases.context.backend().script(&question, &call).await {
                tracing::debug!(%error, "the lease of a refresh could not be given back and ends by itself");
            }
        });
    }
}
