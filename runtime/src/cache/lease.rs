//! The right to load a key, held by one load in the whole fleet.
//!
//! An entry and its lease share one key: whoever deletes or overwrites the key, with any client, revokes the lease, and the
//! load that held it cannot store what it read before. (Nishtala et al., "Scaling Memcache at Facebook", NSDI 2013, §3.2.1,
//! with a token of its own for each load.)

mod many;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Context as Task;
use std::time::Duration;

use super::call::Target;
use super::groups::Observed;
use super::index::{Indexes, LONGEST_LOAD, Listed, Listing, Retired};
use super::spec::CacheSpec;
use super::update::Life;
use super::written::Written;
use crate::backend::{Backend, Call, Invocation, Reply, Resend, Script};
use crate::clock::Moment;
use crate::codec::envelope::{self, Token};
use crate::context::{Budget, Context, Question};
use crate::error::Result;
use crate::key::Key;

pub(crate) use many::{RenewalOfMany, Settled};

/// Gives out leases and carries them out on the server.
#[derive(Debug)]
pub(crate) struct Leases {
    pub(super) context: Arc<Context>,
    indexes: Arc<Indexes>,
    pub(super) scripts: Scripts,
    /// The identity of this Larder, so that no two loads anywhere share a token.
    node: [u8; 8],
    loads: AtomicU64,
}

#[derive(Debug)]
pub(super) struct Scripts {
    acquire: Script,
    pub(super) discard: Script,
    extend: Script,
    fill: Script,
    pub(super) hold: Script,
    release: Script,
    pub(super) renew: Script,
    replace: Script,
    pub(super) supersede: Script,
    take: Script,
    update: Script,
}

/// A lease that is held, or may be: dropping it gives it back in the background.
#[derive(Debug)]
pub(crate) struct Lease {
    leases: Arc<Leases>,
    key: Key,
    token: Token,
    marker: Vec<u8>,
    life: Duration,
    hold: Hold,
    /// When it was asked for.
    since: Moment,
    /// What the entry's groups were like then.
    pub(crate) observed: Arc<Observed>,
    /// What stood under the key before, and is still listed.
    pub(crate) retired: Vec<Retired>,
}

/// Keeps a lease alive while its load runs. A load that is done at once has no need of it, so it is made at the first pause.
#[derive(Default)]
pub(crate) struct Renewal(Option<Pin<Box<dyn Future<Output = ()> + Send>>>);

/// What is known of a lease on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// It is there, or may be.
    Held,
    /// It is not there: never taken, given back, filled or revoked.
    Gone,
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

/// What came of taking a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    Yes,
    /// The key does not hold the value any more that it should.
    No,
}

/// The name of a value that was read: its SHA-1 in hexadecimal, as scripts compute it; or the token of a refresh whose lease stands
/// in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digest(Vec<u8>);

/// Whether a value was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filled {
    /// It is there.
    Stored,
    /// It is not: an invalidation, a put or another load came first.
    Voided,
}

impl Digest {
    /// The name of these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(
            sha1_smol::Sha1::from(bytes)
                .digest()
                .to_string()
                .into_bytes(),
        )
    }

    /// The name of whatever holds the lease of this refresh.
    pub(crate) fn of_refresh(token: Token) -> Self {
        Self(token.as_bytes().to_vec())
    }

    fn as_bytes(&self) -> &[u8] {
        &self.0
    }
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
                discard: Script::new(include_str!("index/discard.lua")),
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

    /// Asks for the lease on a key; gets it if the key holds nothing, or just what was `refused` before. In the same round trip
    /// it is observed what the load may be stored under.
    pub(crate) async fn acquire(
        self: &Arc<Self>,
        target: &Target,
        spec: &CacheSpec,
        refused: Option<&Digest>,
        budget: &mut Budget<'_>,
    ) -> Result<Acquired> {
        // Made before the question is sent: should the caller be dropped while it waits, the lease is given back.
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

    /// Takes the lease on a key whatever it holds, or only if it still holds this `old` value; `None` if it does not. The value
    /// of such a lease is known, so it is filled at once.
    ///
    /// Never sent again: a lease that came back after it was revoked would make members true that were found dead.
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
            .arg(millis(lease.life))
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
            .arg(&old.0)
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

    /// What tells a load that begins now from all others.
    pub(crate) fn next_token(&self) -> Token {
        let mut token = [0; 16];
        let load = self.loads.fetch_add(1, Ordering::Relaxed);
        token[..8].copy_from_slice(&self.node);
        token[8..].copy_from_slice(&load.to_be_bytes());
        Token::new(token)
    }
}

impl Lease {
    fn new(leases: Arc<Leases>, key: Key, life: Duration) -> Self {
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

    /// Asks for the lease.
    fn asking(&self, refused: Option<&Digest>) -> Invocation<'_> {
        let acquire = self.leases.scripts.acquire.on(&[&self.key]);
        acquire
            .arg(&self.marker)
            .arg(millis(self.life))
            .arg(refused.map_or(&b""[..], Digest::as_bytes))
    }

    /// What came of asking for it, and what was observed beside.
    fn answered(mut self, reply: Reply, observed: Observed) -> Result<Acquired> {
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

    fn filling(&self, written: &Written) -> Invocation<'_> {
        let fill = self.leases.scripts.fill.on(&[&self.key]);
        fill.arg(&self.marker)
            .arg(&written.envelope)
            .arg(written.ttl_millis)
    }

    fn filled(&mut self, reply: Reply) -> Result<Filled> {
        self.hold = Hold::Gone;
        Filled::from_reply(reply)
    }

    fn releasing(&self) -> Invocation<'_> {
        let release = &self.leases.scripts.release;
        release.on(&[&self.key]).arg(&self.marker)
    }

    fn extending(&self) -> Invocation<'_> {
        let extend = self.leases.scripts.extend.on(&[&self.key]);
        extend.arg(&self.marker).arg(millis(self.life))
    }

    /// Lists the value under its indexes.
    async fn list(&mut self, written: &Written, budget: &mut Budget<'_>) -> Result<Listed> {
        let retired = std::mem::take(&mut self.retired);
        if written.listed.is_empty() && retired.is_empty() {
            return Ok(Listed::Yes);
        }
        let now = self.leases.context.clock().now();
        if now.saturating_since(self.since) >= LONGEST_LOAD {
            return Ok(Listed::Voided);
        }
        // The value is written while the lease lives, if ever, and lives from then on.
        let lives = written.lives_at_most().map(|lives| lives + self.life);
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
    async fn withdraw(&self, written: &Written, budget: &mut Budget<'_>) {
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

impl Renewal {
    /// To be called whenever the load was polled and is not done: three times in the life of what it holds, it is extended, until
    /// it is found gone.
    pub(super) fn keep(
        &mut self,
        hold: &mut Hold,
        task: &mut Task<'_>,
        of: impl FnOnce() -> Holding,
    ) {
        if *hold == Hold::Gone {
            return;
        }
        let extending = self.0.get_or_insert_with(|| Box::pin(of().extend()));
        if extending.as_mut().poll(task).is_ready() {
            *hold = Hold::Gone;
        }
    }
}

/// What a load holds while it runs.
pub(super) struct Holding {
    pub(super) leases: Arc<Leases>,
    pub(super) key: Key,
    pub(super) by: By,
    pub(super) life: Duration,
}

/// What says that it is this load's.
pub(super) enum By {
    /// The marker that stands under the key.
    Marker(Vec<u8>),
    /// The token that stands in the entry which is refreshed.
    Token(Token),
}

impl Holding {
    /// Extends it three times in its life, until it is found gone.
    async fn extend(self) {
        let Self {
            leases,
            key,
            by,
            life,
        } = self;
        let (clock, backend) = (leases.context.clock(), leases.context.backend());
        let question = match &by {
            By::Marker(marker) => leases.scripts.extend.on(&[&key]).arg(marker),
            By::Token(token) => leases
                .scripts
                .hold
                .on(&[&key])
                .arg(token.as_bytes().as_slice()),
        };
        let question = question.arg(millis(life));
        let mut next = clock.now() + life / 3;
        loop {
            clock.sleep_until(next).await;
            // The next question is due a third later, whatever becomes of this one: if one gets lost, the lease stays.
            next = clock.now() + life / 3;
            let call = Call {
                deadline: next,
                resend: Resend::Never,
            };
            // An error says nothing about the lease: the next round asks again.
            if let Ok(Reply::Int(0)) = backend.script(&question, &call).await {
                return;
            }
        }
    }
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Renewal").field(&self.0.is_some()).finish()
    }
}

impl Filled {
    pub(super) fn from_reply(reply: Reply) -> Result<Self> {
        Ok(match reply.into_int("fill")? {
            0 => Self::Voided,
            _ => Self::Stored,
        })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.hold == Hold::Gone {
            return;
        }
        // Without a runtime nothing can be sent any more: the lease ends by itself.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let leases = Arc::clone(&self.leases);
        let (key, marker) = (self.key.clone(), std::mem::take(&mut self.marker));
        runtime.spawn(async move {
            let question = leases.scripts.release.on(&[&key]).arg(&marker);
            let call = leases.context.command_call(Resend::Idempotent);
            if let Err(error) = leases.context.backend().script(&question, &call).await {
                tracing::debug!(%error, "a lease could not be given back and ends by itself");
            }
        });
    }
}

/// Whole milliseconds, at least one: a lease of nothing would be an error of the server.
pub(super) fn millis(duration: Duration) -> u64 {
    (duration.as_millis() as u64).max(1)
}
