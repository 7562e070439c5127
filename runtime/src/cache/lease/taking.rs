//! Leases that are asked for, or taken from whoever has them.

use std::sync::Arc;
use std::time::Duration;

use super::{Acquired, Digest, Hold, Lease, Leases, Taken};
use crate::backend::{Backend, Reply};
use crate::cache::index::Retired;
use crate::cache::observed::Observed;
use crate::cache::spec::CacheSpec;
use crate::cache::target::Target;
use crate::context::{Budget, Question};
use crate::error::Result;
use crate::key::Key;
use crate::length::millis_at_least_one;

impl Leases {
    /// Asks for the lease on a key; gets it if the key holds nothing, or just what was `refused`
    /// before. In the same round trip it is observed what the load may be stored under.
    pub(crate) async fn acquire(
        self: &Arc<Self>,
        target: &Target,
        spec: &CacheSpec,
        refused: Option<&Digest>,
        budget: &mut Budget<'_>,
    ) -> Result<Acquired> {
        // Made before the question is sent: should the caller be dropped while it waits, the lease
        // is given back.
        let mut lease = Lease::new(Arc::clone(self), target.key().clone(), spec.lease);
        let question = lease.asking(refused);
        let asked = if target.groups.is_none() {
            let ask = async |call| self.context.backend().script(&question, &call).await;
            budget.spend(ask).await.map(|reply| vec![reply])
        } else {
            let mut questions = vec![Question::Script(question)];
            questions.extend(target.observing(spec));
            let ask = async |call| self.context.ask(&questions, &call).await;
            budget.spend(ask).await
        };
        let mut replies = asked.inspect_err(|error| lease.was_refused(error))?;
        let observed = match target.groups {
            None => Observed::default(),
            Some(_) => target.observed(replies.split_off(1))?,
        };
        let reply = replies.pop().unwrap_or(Reply::Nil).checked("acquire")?;
        lease.answered(reply, observed)
    }

    /// Takes the lease on a key whatever it holds, or only if it still holds this `old` value;
    /// `None` if it does not. The value of such a lease is known, so it is filled at once.
    ///
    /// Never sent again: a lease that came back after it was revoked would make members true that
    /// were found dead.
    pub(crate) async fn take(
        self: &Arc<Self>,
        target: &Target,
        lease: &mut Lease,
        old: Option<&Digest>,
        budget: &mut Budget<'_>,
    ) -> Result<Taken> {
        lease.hold = Hold::Held;
        let question = self
            .scripts
            .take
            .on(&[target.key()])
            .arg(&lease.marker)
            .arg(millis_at_least_one(lease.life))
            .arg(old.map_or(&b""[..], Digest::as_bytes));
        let reply = budget
            .spend(async |call| self.context.backend().script(&question, &call).await)
            .await?;
        let mut parts = reply.into_array("take")?.into_iter();
        let mut next = || parts.next().unwrap_or(Reply::Nil);
        let taken = next().into_int("take")?;
        self.context.server_time().observe(next().into_int("take")?);
        if taken == 0 {
            lease.hold = Hold::Gone;
            return Ok(Taken::No);
        }
        let left = u64::try_from(next().into_int("take")?).ok();
        let held = next().into_bytes("take")?;
        lease
            .retired
            .extend(held.and_then(|bytes| Retired::of(&bytes, target.key())));
        Ok(Taken::Yes {
            left: left.map(Duration::from_millis),
        })
    }

    /// A lease that was not asked for yet, so that nothing has to be given back.
    pub(crate) fn prepare(
        self: &Arc<Self>,
        key: &Key,
        life: Duration,
        observed: Observed,
    ) -> Lease {
        let mut lease = Lease::new(Arc::clone(self), key.clone(), life);
        lease.hold = Hold::Gone;
        lease.observed = Arc::new(observed);
        lease
    }
}
