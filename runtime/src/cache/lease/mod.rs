//! The right to load a key, held by one load in the whole fleet.
//!
//! An entry and its lease share one key: whoever deletes or overwrites the key, with any client,
//! revokes the lease, and the load that held it cannot store what it read before. (Nishtala et al.,
//! "Scaling Memcache at Facebook", NSDI 2013, §3.2.1, with a token of its own for each load.)

mod digest;
mod held;
mod many;
mod outcome;
mod refresh;
mod renewal;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::call::Target;
use super::changed::Life;
use super::groups::{Indexing, Observed};
use super::index::{Indexes, Retired};
use super::spec::CacheSpec;
use super::written::Written;
use crate::backend::{Backend, Reply, Script};
use crate::codec::envelope::Token;
use crate::context::{Budget, Context, Question};
use crate::error::Result;
use crate::key::Key;
use crate::length::millis_at_least_one;

pub(crate) use digest::Digest;
pub(crate) use held::Lease;
pub(crate) use many::{RenewalOfMany, Settled};
pub(crate) use outcome::{Acquired, Filled, Hold, Taken};
pub(crate) use refresh::{Grip, RefreshLease};
pub(crate) use renewal::Renewal;

/// Gives out leases and carries them out on the server.
#[derive(Debug)]
pub(crate) struct Leases {
    context: Arc<Context>,
    indexes: Arc<Indexes>,
    scripts: Scripts,
    /// The identity of this Larder, so that no two loads anywhere share a token.
    node: [u8; 8],
    loads: AtomicU64,
}

#[derive(Debug)]
struct Scripts {
    acquire: Script,
    discard: Script,
    extend: Script,
    fill: Script,
    hold: Script,
    release: Script,
    renew: Script,
    replace: Script,
    supersede: Script,
    take: Script,
    update: Script,
}

impl Leases {
    /// Leases on the keys of this context.
    pub(crate) fn new(context: Arc<Context>, indexes: Arc<Indexes>) -> Self {
        Self {
            node: context.identity().to_be_bytes(),
            context,
            indexes,
            scripts: Scripts {
                acquire: Script::new(include_str!("acquire.lua")),
                discard: Script::new(include_str!("../index/discard.lua")),
                extend: Script::new(include_str!("extend.lua")),
                fill: Script::new(include_str!("fill.lua")),
                hold: Script::new(include_str!("hold.lua")),
                release: Script::new(include_str!("release.lua")),
                renew: Script::new(include_str!("begin_refresh.lua")),
                replace: Script::new(include_str!("replace.lua")),
                supersede: Script::new(include_str!("supersede.lua")),
                take: Script::new(include_str!("take.lua")),
                update: Script::new(include_str!("update.lua")),
            },
            loads: AtomicU64::new(0),
        }
    }

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
        let lease = Lease::new(Arc::clone(self), target.key().clone(), spec.lease);
        let question = lease.asking(refused);
        let (reply, observed) = if target.groups.is_none() {
            let ask = async |call| self.context.backend().script(&question, &call).await;
            (budget.spend(ask).await?, Observed::default())
        } else {
            let mut questions = vec![Question::Script(question)];
            questions.extend(target.observing(spec));
            let ask = async |call| self.context.ask(&questions, &call).await;
            let mut replies = budget.spend(ask).await?;
            let observing = replies.split_off(1);
            let reply = replies.pop().unwrap_or(Reply::Nil).checked("acquire")?;
            (reply, target.observed(observing)?)
        };
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
        let held = next().into_bytes("take")?;
        lease
            .retired
            .extend(held.and_then(|bytes| Retired::of(&bytes, target.key())));
        Ok(Taken::Yes)
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

    /// Writes a value where the old one still stands.
    pub(crate) async fn replace(
        &self,
        key: &Key,
        old: &Digest,
        written: &Written,
        budget: &mut Budget<'_>,
    ) -> Result<Filled> {
        let question = self
            .scripts
            .replace
            .on(&[key])
            .arg(old.as_bytes())
            .arg(&written.envelope)
            .arg(written.ttl_millis);
        let reply = budget
            .spend(async |call| self.context.backend().script(&question, &call).await)
            .await?;
        Filled::from_reply(reply)
    }

    /// Writes what was made of a value where that value still stands.
    pub(crate) async fn update(
        &self,
        key: &Key,
        old: &Digest,
        life: Life,
        written: &Written,
        budget: &mut Budget<'_>,
    ) -> Result<Filled> {
        let question = self
            .scripts
            .update
            .on(&[key])
            .arg(old.as_bytes())
            .arg(&written.envelope);
        let question = match life {
            Life::Kept => question.arg("keep"),
            Life::Anew => question.arg(written.ttl_millis),
        };
        let reply = budget
            .spend(async |call| self.context.backend().script(&question, &call).await)
            .await?;
        Filled::from_reply(reply)
    }

    /// Removes an entry in which this token still stands at this place, and takes it off the lists.
    pub(crate) async fn discard(
        &self,
        target: &Target,
        token: Token,
        place: usize,
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        let key = target.key();
        let question = self
            .scripts
            .discard
            .on(&[key])
            .arg(token.as_bytes().as_slice())
            .arg(place)
            .arg(match target.indexing() {
                Indexing::Yes => "look",
                Indexing::No => "",
            });
        let reply = budget
            .spend(async |call| self.context.backend().script(&question, &call).await)
            .await?;
        if let Reply::Bulk(held) = reply.checked("discard")? {
            let retired = Retired::of(&held, key).into_iter();
            let members = retired.flat_map(Retired::members);
            budget
                .spend(async |call| self.indexes.strike(members, &call).await)
                .await;
        }
        Ok(())
    }

    /// What tells a load that begins now from all others.
    pub(crate) fn next_token(&self) -> Token {
        let mut token = [0; 16];
        let load = self.loads.fetch_add(1, Ordering::Relaxed);
        token[..8].copy_from_slice(&self.node);
        token[8..].copy_from_slice(&load.to_be_bytes());
        Token::new(token)
    }
}
