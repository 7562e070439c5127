//! A lease from when it is asked for until it is filled or given back.

use std::sync::Arc;
use std::task::Context as Task;
use std::time::Duration;

use super::renewal::{By, Holding};
use super::{Digest, Filled, Hold, Leases, Renewal};
use crate::backend::{Backend, Invocation, Reply, Resend};
use crate::cache::index::{LONGEST_LOAD, Listed, Listing, Retired};
use crate::cache::observed::Observed;
use crate::cache::written::Written;
use crate::clock::Moment;
use crate::codec::envelope::{self, Token};
use crate::context::Budget;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::length::{millis_at_least_one, sum};

/// A lease that is held, or may be: dropping it gives it back in the background.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(super) leases: Arc<Leases>,
    pub(super) key: Key,
    pub(super) token: Token,
    pub(super) marker: Vec<u8>,
    pub(super) life: Duration,
    pub(super) hold: Hold,
    /// When it was asked for.
    pub(super) since: Moment,
    /// What the entry's groups were like then.
    pub(crate) observed: Arc<Observed>,
    /// What stood under the key before, and is still listed.
    pub(crate) retired: Vec<Retired>,
}

/// What came of asking for a lease.
#[derive(Debug)]
pub(crate) enum Acquired {
    /// The key held nothing; now it holds our lease.
    Lease(Box<Lease>),
    /// The key holds this, for so long.
    Held {
        bytes: Vec<u8>,
        left: Option<Duration>,
        /// What its groups are like.
        observed: Observed,
    },
}

impl Lease {
    pub(super) fn new(leases: Arc<Leases>, key: Key, life: Duration) -> Self {
        let token = leases.next_token();
        Self {
            marker: envelope::write_lease(key.as_bytes(), token),
            since: leases.context.clock().now(),
            leases,
            key,
            token,
            life,
            hold: Hold::Held,
            observed: Arc::default(),
            retired: Vec::new(),
        }
    }

    /// What tells this load from all others.
    pub(crate) fn token(&self) -> Token {
        self.token
    }

    /// Whether the lease may still be on the server.
    pub(crate) fn may_be_there(&self) -> bool {
        self.hold == Hold::Held
    }

    /// It was asked for in vain: where the question has not reached the server, there is nothing to
    /// give back.
    pub(super) fn was_refused(&mut self, error: &Error) {
        if error.is_unsent() {
            self.hold = Hold::Gone;
        }
    }

    /// Asks for the lease.
    pub(super) fn asking(&self, refused: Option<&Digest>) -> Invocation<'_> {
        let acquire = self.leases.scripts.acquire.on(&[&self.key]);
        acquire
            .arg(&self.marker)
            .arg(millis_at_least_one(self.life))
            .arg(refused.map_or(&b""[..], Digest::as_bytes))
    }

    /// What came of asking for it, and what was observed beside.
    pub(super) fn answered(mut self, reply: Reply, observed: Observed) -> Result<Acquired> {
        let mut parts = reply.into_array("acquire")?.into_iter();
        let mut next = || parts.next().unwrap_or(Reply::Nil);
        let taken = next().into_int("acquire")?;
        let now = next().into_int("acquire")?;
        self.leases.context.server_time().observe(now);
        if taken == 1 {
            self.observed = Arc::new(observed);
            return Ok(Acquired::Lease(Box::new(self)));
        }
        self.hold = Hold::Gone;
        let bytes = next().into_bytes("acquire")?.unwrap_or_default();
        let left = u64::try_from(next().into_int("acquire")?).ok();
        Ok(Acquired::Held {
            bytes,
            left: left.map(Duration::from_millis),
            observed,
        })
    }

    /// Writes the loaded value, if the lease is still there, and lists it before.
    pub(crate) async fn fill(
        &mut self,
        written: &Written,
        budget: &mut Budget<'_>,
    ) -> Result<Filled> {
        if self.hold == Hold::Gone {
            return Ok(Filled::Voided);
        }
        if self.list(written, budget).await? == Listed::Voided {
            return Ok(Filled::Voided);
        }
        let filled = self.write(written, budget).await?;
        if filled == Filled::Voided {
            self.withdraw(written, budget).await;
        }
        Ok(filled)
    }

    async fn write(&mut self, written: &Written, budget: &mut Budget<'_>) -> Result<Filled> {
        let question = self.filling(written);
        let backend = self.leases.context.backend();
        let reply = budget
            .spend(async |call| backend.script(&question, &call).await)
            .await?;
        self.filled(reply)
    }

    pub(super) fn filling(&self, written: &Written) -> Invocation<'_> {
        let fill = self.leases.scripts.fill.on(&[&self.key]);
        fill.arg(&self.marker)
            .arg(&written.envelope)
            .arg(written.ttl_millis)
    }

    pub(super) fn filled(&mut self, reply: Reply) -> Result<Filled> {
        self.hold = Hold::Gone;
        Filled::from_reply(reply)
    }

    pub(super) fn releasing(&self) -> Invocation<'_> {
        let release = &self.leases.scripts.release;
        release.on(&[&self.key]).arg(&self.marker)
    }

    pub(super) fn extending(&self) -> Invocation<'_> {
        let extend = self.leases.scripts.extend.on(&[&self.key]);
        extend.arg(&self.marker).arg(millis_at_least_one(self.life))
    }

    /// Lists the value under its indexes.
    pub(super) async fn list(
        &mut self,
        written: &Written,
        budget: &mut Budget<'_>,
    ) -> Result<Listed> {
        let retired = std::mem::take(&mut self.retired);
        if written.listed.is_empty() && retired.is_empty() {
            return Ok(Listed::Yes);
        }
        let now = self.leases.context.clock().now();
        if now.saturating_since(self.since) >= LONGEST_LOAD {
            return Ok(Listed::Voided);
        }
        // The value is written while the lease lives, if ever, and lives from then on.
        let lives = written.lives_at_most().map(|lives| sum(lives, self.life));
        let listing = Listing {
            key: &self.key,
            token: self.token,
            values: &written.listed,
            lives,
            count: self.observed.count(),
        };
        let indexes = &self.leases.indexes;
        budget
            .spend(async |call| indexes.list(&listing, retired, &call).await)
            .await
    }

    /// Takes a value off the lists that is not stored after all.
    pub(super) async fn withdraw(&self, written: &Written, budget: &mut Budget<'_>) {
        let voided = Retired::new(&self.key, self.token, written.listed.clone());
        let Some(voided) = voided else { return };
        let indexes = &self.leases.indexes;
        budget
            .spend(async |call| indexes.strike(voided.members(), &call).await)
            .await;
    }

    /// Asks whether the lease is still there, and has it live on from now if it is.
    pub(crate) async fn confirm(&mut self, budget: &mut Budget<'_>) -> Result<()> {
        let question = self.extending();
        let backend = self.leases.context.backend();
        let reply = budget
            .spend(async |call| backend.script(&question, &call).await)
            .await?;
        if reply.into_int("extend")? == 0 {
            self.hold = Hold::Gone;
        }
        Ok(())
    }

    /// Keeps the lease alive: to be called whenever the load was polled and is not done.
    pub(crate) fn keep(&mut self, renewal: &mut Renewal, task: &mut Task<'_>) {
        let (leases, key, marker, life) = (&self.leases, &self.key, &self.marker, self.life);
        renewal.keep(&mut self.hold, task, || Holding {
            leases: Arc::clone(leases),
            key: key.clone(),
            by: By::Marker(marker.clone()),
            life,
        });
    }

    /// Gives the lease back, so that whoever waits may load.
    pub(crate) async fn release(mut self, budget: &mut Budget<'_>) {
        let leases = Arc::clone(&self.leases);
        let backend = leases.context.backend();
        let question = self.releasing();
        let released = budget
            .spend(async |call| backend.script(&question, &call).await)
            .await;
        if released.is_ok() {
            self.hold = Hold::Gone;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.hold == Hold::Gone {
            return;
        }
        let leases = Arc::clone(&self.leases);
        let (key, marker) = (self.key.clone(), std::mem::take(&mut self.marker));
        self.leases.context.background().go_on(async move {
            let question = leases.scripts.release.on(&[&key]).arg(&marker);
            let call = leases.context.command_call(Resend::Idempotent);
            if let Err(error) = leases.context.backend().script(&question, &call).await {
                tracing::debug!(%error, "a lease could not be given back and ends by itself");
            }
        });
    }
}
