//! Changing a stored value: read, changed here, and put in its place if it is still the one that
//! was read.

use std::pin::pin;
use std::time::Duration;

use super::call::CacheCall;
use super::groups::Indexing;
use super::lease::{Digest, Filled, Lease, Taken};
use super::life::Life;
use super::observed::Observed;
use super::removal::remove_neighbours;
use super::rules::ValueRules;
use super::shape::CacheValue;
use super::target::Target;
use super::turn::{Keeping, Request, Waited};
use super::written::Written;
use crate::backend::{Command, Reply, Resend};
use crate::clock::{Clock, Moment};
use crate::codec::envelope;
use crate::context::{Budget, Question};
use crate::error::{Error, ErrorKind, Result};
use crate::length::millis_at_least_one;
use crate::metrics::Event;

/// The longest pause of one who was overtaken.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// What was read, to be changed.
pub(super) struct Original {
    pub(super) bytes: Vec<u8>,
    /// How long it will still live; `None` if it has no end.
    pub(super) left: Option<Duration>,
    /// What its groups are like.
    observed: Observed,
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
        if target.awaits_invalidation() {
            return Ok(None);
        }
        let context = target.engine.context();
        if life == Life::Kept {
            remove_neighbours(target).await?;
        }
        context.hear_server_time().await?;
        let clock = context.clock();
        let command_timeout = context.limits().command_timeout;
        let mut deadline = clock.now() + command_timeout;
        let mut pause = Duration::ZERO;
        // Whoever changes a value by hand has more patience with the server than a call that loads.
        let patient = self.spec.budget(command_timeout);
        let mut waiting = None;
        loop {
            let Some(original) = self.original(target).await? else {
                return Ok(None);
            };
            if original.is_lease(target) {
                // Somebody loads, or is changing the value and has made room for it.
                let request =
                    waiting.get_or_insert_with(|| Request::new(&patient, target, Keeping::No));
                let began = clock.now();
                if Box::pin(request.outwait(original.left)).await? == Waited::InVain {
                    target.note(Event::LoadTimeout);
                    let message = "a load of the entry takes longer than the `wait` of the cache; \
                                   nothing was changed";
                    return Err(self.refusal(ErrorKind::LoadTimeout, life, message));
                }
                // What others take is not counted.
                deadline = deadline + clock.now().saturating_since(began);
                continue;
            }
            let Some(changed) = self.changed(rules, life, &original, &mut change)? else {
                return Ok(None);
            };
            let leases = target.engine.leases();
            let lease = leases.prepare(target.key(), self.spec.lease, original.observed.clone());
            let written = self.write(life, &changed, &lease)?;
            let mut budget = Budget::new(clock, deadline.saturating_since(clock.now()));
            let keys = [target.key().clone()];
            let life_now = changed.life;
            let replaced =
                pin!(self.replace(target, &original, life_now, written, lease, &mut budget));
            if target.engine.local().change(&keys, replaced).await? == Filled::Stored {
                return Ok(Some(changed.value));
            }
            if !overtaken(clock, &mut pause, deadline).await {
                let message = "others have changed the value again and again";
                return Err(self.refusal(ErrorKind::Timeout, life, message));
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

    /// Puts it in the place of the original.
    async fn replace(
        &self,
        target: &Target,
        original: &Original,
        life: Life,
        mut written: Written,
        mut lease: Lease,
        budget: &mut Budget<'_>,
    ) -> Result<Filled> {
        let leases = target.engine.leases();
        let old = Digest::of(&original.bytes);
        let is_listed = !written.listed.is_empty() || target.indexing() == Indexing::Yes;
        if !is_listed {
            return leases
                .update(target.key(), &old, life, &written, budget)
                .await;
        }
        // Members are only true of a lease or a value that is there. So the old value makes room
        // before the new one is listed.
        match leases.take(target, &mut lease, Some(&old), budget).await? {
            Taken::Yes { left } => {
                // Somebody has read it meanwhile, who lets it live longer.
                if let (Life::Kept, Some(longer)) = (life, left.filter(|_| left > original.left)) {
                    written.ttl_millis = millis_at_least_one(longer);
                }
                lease.fill(&written, budget).await
            }
            Taken::No => Ok(Filled::Voided),
        }
    }

    /// Why it is not changed.
    pub(super) fn refusal(&self, kind: ErrorKind, life: Life, message: &'static str) -> Error {
        Error::new(kind, life.verb(), message).with("namespace", self.spec.namespace)
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
