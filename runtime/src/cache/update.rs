//! Changing a stored value: read, changed here, and put in its place if it is still the one that
//! was read.

use std::pin::pin;
use std::time::Duration;

use super::call::{CacheCall, Target};
use super::groups::{Indexing, Observed};
use super::lease::{Digest, Filled, Lease, Taken};
use super::rules::ValueRules;
use super::shape::CacheValue;
use super::stored::Stored;
use super::ttl::Ttl;
use super::written::Written;
use crate::backend::{Command, Reply, Resend};
use crate::clock::{Clock, Moment};
use crate::codec::envelope::{self, Header, Sections};
use crate::context::{Budget, Question};
use crate::error::{Error, ErrorKind, Result};
use crate::key::IndexValue;

/// The longest pause of one who was overtaken.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// How long a changed value lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// As long as it would have lived.
    Kept,
    /// As long as if it were put now.
    Anew,
}

/// What was read, to be changed.
struct Original {
    bytes: Vec<u8>,
    /// How long it will still live; `None` if it has no end.
    left: Option<Duration>,
    /// What its groups are like.
    observed: Observed,
}

/// What is to stand in its place.
struct Changed<'original, V> {
    value: V,
    header: Header,
    /// Those of the original: a tag that was invalidated since it was loaded still is.
    sections: Sections<'original>,
    listed: Vec<IndexValue>,
    lives: Ttl,
    /// The same, if it is read all the time.
    longest: Ttl,
}

impl CacheCall {
    /// Changes the stored value and answers what it is then; `None`, if there is none that this
    /// build can read.
    pub(crate) async fn update<V: CacheValue>(
        &self,
        rules: &ValueRules<V>,
        life: Life,
        mut change: impl FnMut(&mut V),
    ) -> Result<Option<V>> {
        let target = self.target()?;
        if target.engine.pending().covers(target) {
            return Ok(None);
        }
        let context = target.engine.context();
        context.hear_server_time().await?;
        let clock = context.clock();
        let deadline = clock.now() + context.limits().command_timeout;
        let mut pause = Duration::ZERO;
        loop {
            let Some(original) = self.original(target).await? else {
                return Ok(None);
            };
            if original.is_lease(target) {
                // Somebody loads, or is changing the value and has made room for it.
                if !overtaken(clock, &mut pause, deadline).await {
                    return Ok(None);
                }
                continue;
            }
            let Some(changed) = self.changed(rules, life, &original, &mut change)? else {
                return Ok(None);
            };
            let leases = target.engine.leases();
            let lease = leases.prepare(target.key(), self.spec.lease, original.observed.clone());
            let written = self.write(&changed, &lease)?;
            let mut budget = Budget::new(clock, deadline.saturating_since(clock.now()));
            let keys = [target.key().clone()];
            let replaced =
                pin!(self.replace(target, &original, life, &written, lease, &mut budget));
            if target.engine.local().change(&keys, replaced).await? == Filled::Stored {
                return Ok(Some(changed.value));
            }
            if !overtaken(clock, &mut pause, deadline).await {
                let message = "others have changed the value again and again";
                return Err(self.refusal(ErrorKind::Timeout, message));
            }
        }
    }

    /// What the key holds, if it is good, and what its groups were like when it was read.
    async fn original(&self, target: &Target) -> Result<Option<Original>> {
        let context = target.engine.context();
        let call = context.command_call(Resend::Idempotent);
        let mut questions = vec![
            Question::Command(Command::new("GET").arg(target.key())),
            Question::Command(Command::new("PTTL").arg(target.key())),
        ];
        questions.extend(target.observing(&self.spec));
        let mut replies = context.ask(&questions, &call).await?;
        let observed = target.observed(replies.split_off(2))?;
        let left = replies.pop().unwrap_or(Reply::Nil).checked("PTTL")?;
        let left = u64::try_from(left.into_int("PTTL")?).ok();
        let held = replies.pop().unwrap_or(Reply::Nil).checked("GET")?;
        let Some(bytes) = held.into_bytes("GET")? else {
            return Ok(None);
        };
        let glance = observed.glance();
        let holds = target.holds(&bytes, Some(&glance), &call).await?;
        Ok(holds.then(|| Original {
            bytes,
            left: left.map(Duration::from_millis),
            observed,
        }))
    }

    /// What is made of it.
    fn changed<'original, V: CacheValue>(
        &self,
        rules: &ValueRules<V>,
        life: Life,
        original: &'original Original,
        change: &mut impl FnMut(&mut V),
    ) -> Result<Option<Changed<'original, V>>> {
        let target = self.target()?;
        let stored = Stored::new(&self.spec, target);
        let Some((mut value, mut header, sections)) = stored.read_whole::<V>(&original.bytes)
        else {
            return Ok(None);
        };
        let listed_before = rules.judge().listed(&value);
        change(&mut value);
        let lives = match life {
            Life::Kept => original.left.map_or(Ttl::NEVER, Ttl::after),
            Life::Anew => {
                let lives = rules.judge().ttl_of_put(&self.spec, &value);
                let now = target.engine.context().server_time().now();
                let millis = lives.to_millis().filter(|millis| *millis > 0);
                header.fresh_until = millis.map(|millis| now.saturating_add(millis));
                // What can be refreshed is stale for a while before it ends.
                let grace = sections
                    .refresh_lease()
                    .map(|_| self.spec.staleness.grace());
                let grace = grace.unwrap_or_default();
                let fresh = lives.duration();
                fresh.map_or(lives, |fresh| Ttl::after(fresh.saturating_add(grace)))
            }
        };
        let longest = self.longest(target, life, lives, &header, &sections);
        // What only its caller knew stays as it was.
        let listed = sections.indexes();
        let listed = listed.map(|(index, value)| IndexValue::from_parts(index, value));
        let mut listed: Vec<_> = listed.filter(|it| !listed_before.contains(it)).collect();
        for new in target
            .listed()
            .into_iter()
            .chain(rules.judge().listed(&value))
        {
            if !listed.contains(&new) {
                listed.push(new);
            }
        }
        Ok(Some(Changed {
            value,
            header,
            sections,
            listed,
            lives,
            longest,
        }))
    }

    /// How long it lives at most that lives so long. What is kept has gone unread for a while, and
    /// may be read again.
    fn longest(
        &self,
        target: &Target,
        life: Life,
        lives: Ttl,
        header: &Header,
        sections: &Sections<'_>,
    ) -> Ttl {
        if life == Life::Anew || self.spec.idle.is_none() {
            return lives;
        }
        let Some(until) = header.fresh_until else {
            return Ttl::NEVER;
        };
        let grace = sections
            .refresh_lease()
            .map(|_| self.spec.staleness.grace());
        let fresh = target.engine.context().server_time().until(until);
        let longest = fresh.unwrap_or_default() + grace.unwrap_or_default();
        lives.max(Ttl::after(longest))
    }

    /// The changed value as it is to be stored by the owner of this lease.
    fn write<V: CacheValue>(&self, changed: &Changed<'_, V>, lease: &Lease) -> Result<Written> {
        let (spec, target) = (&self.spec, self.target()?);
        let mut sections = changed.sections.only_tags();
        for value in &changed.listed {
            let added = sections.index(value.index(), value.value());
            added.map_err(|_too_long| {
                self.refusal(ErrorKind::Encode, "the value is in more groups than fit")
            })?;
        }
        let header = Header {
            token: lease.token(),
            ..changed.header
        };
        let encode = |into: &mut Vec<u8>| spec.codec.encode(&changed.value, into);
        let (key, sections) = (target.key().as_bytes(), sections.as_sections());
        let envelope = envelope::write_value(key, &header, sections, encode)
            .map_err(|error| error.with("namespace", spec.namespace))?;
        if envelope.len() > target.engine.context().limits().max_value_bytes {
            let message = "the value is larger than max_value_bytes";
            return Err(self.refusal(ErrorKind::TooLarge, message));
        }
        // What would end within this millisecond ends with it.
        let lives = changed.lives.to_millis().unwrap_or(1);
        Ok(Written {
            envelope,
            ttl_millis: spec.idle.map_or(lives, |idle| idle.shorten(lives)),
            longest_millis: changed.longest.to_millis().unwrap_or(1),
            listed: changed.listed.clone(),
        })
    }

    /// Puts it in the place of the original.
    async fn replace(
        &self,
        target: &Target,
        original: &Original,
        life: Life,
        written: &Written,
        mut lease: Lease,
        budget: &mut Budget<'_>,
    ) -> Result<Filled> {
        let leases = target.engine.leases();
        let old = Digest::of(&original.bytes);
        let is_listed = !written.listed.is_empty() || target.indexing() == Indexing::Yes;
        if !is_listed {
            return leases
                .update(target.key(), &old, life, written, budget)
                .await;
        }
        // Members are only true of a lease or a value that is there. So the old value makes room
        // before the new one is listed.
        match leases.take(target, &mut lease, Some(&old), budget).await? {
            Taken::Yes => lease.fill(written, budget).await,
            Taken::No => Ok(Filled::Voided),
        }
    }

    fn refusal(&self, kind: ErrorKind, message: &'static str) -> Error {
        Error::new(kind, "update", message).with("namespace", self.spec.namespace)
    }
}

impl Original {
    fn is_lease(&self, target: &Target) -> bool {
        envelope::lease_token(&self.bytes, target.key().as_bytes()).is_some()
    }
}

/// Waits before the next try; answers whether there is time for one. Those who were overtaken come
/// back at different times, the more of them there are the later.
async fn overtaken(clock: &Clock, pause: &mut Duration, deadline: Moment) -> bool {
    *pause = (*pause * 2).clamp(Duration::from_micros(250), LONGEST_PAUSE);
    let next = clock.now() + pause.mul_f32(fastrand::f32());
    let is_time = next < deadline;
    if is_time {
        clock.sleep_until(next).await;
    }
    is_time
}
