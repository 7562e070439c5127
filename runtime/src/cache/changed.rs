//! What is made of a stored value: what it is then, what it is listed under, and how long it lives.

use std::time::Duration;

use super::call::CacheCall;
use super::idle::Idle;
use super::lease::Lease;
use super::life::Life;
use super::presence::Presence;
use super::rules::{Judge, ValueRules};
use super::shape::CacheValue;
use super::stored::Stored;
use super::target::Target;
use super::ttl::Ttl;
use super::update::Original;
use super::verbs::refused;
use super::written::Written;
use crate::codec::envelope::{self, Header, Sections};
use crate::error::{ErrorKind, Result};
use crate::key::IndexValue;
use crate::length::sum;
use crate::metrics::Event;

/// What is to stand in the place of the original.
pub(super) struct Changed<'original, V> {
    pub(super) value: V,
    header: Header,
    /// Those of the original: a tag that was invalidated since it was loaded still is.
    sections: Sections<'original>,
    listed: Vec<IndexValue>,
    presence: Presence,
    /// Not always what was asked for: what a change makes absent lives anew.
    pub(super) life: Life,
    lives: Ttl,
    /// The same, if it is read all the time.
    longest: Ttl,
}

impl CacheCall {
    /// What is made of it.
    pub(super) fn changed<'original, V: CacheValue>(
        &self,
        rules: &ValueRules<V>,
        life: Life,
        original: &'original Original,
        change: &mut impl FnMut(&mut V),
    ) -> Result<Option<Changed<'original, V>>> {
        let stored = Stored::new(&self.spec, self.target()?);
        let Some((mut value, header, sections)) = stored.read_whole::<V>(&original.bytes) else {
            return Ok(None);
        };
        let judge = rules.judge();
        let (listed_before, before) = (judge.listed(&value), judge.presence(&self.spec, &value));
        change(&mut value);
        let presence = judge.presence(&self.spec, &value);
        let mut changed = Changed {
            listed: self.listed(judge, &value, sections, &listed_before)?,
            value,
            header,
            sections,
            presence,
            life,
            lives: original.left.map_or(Ttl::NEVER, Ttl::after),
            longest: Ttl::NEVER,
        };
        if before == Presence::Present && presence == Presence::Absent {
            changed.life = Life::Anew;
        }
        match changed.life {
            Life::Kept => changed.longest = self.longest(self.target()?, &changed),
            Life::Anew => {
                let ttl = judge.ttl_of_put(&self.spec, &changed.value);
                self.begin_anew(self.target()?, ttl, &mut changed)
                    .ok_or_else(|| refused(life.verb(), self.spec.namespace, Event::NotStored))?;
            }
        }
        Ok(Some(changed))
    }

    /// The changed value as it is to be stored by the owner of this lease; `asked` is what is said
    /// in an error.
    pub(super) fn write<V: CacheValue>(
        &self,
        asked: Life,
        changed: &Changed<'_, V>,
        lease: &Lease,
    ) -> Result<Written> {
        let (spec, target) = (&self.spec, self.target()?);
        let mut sections = changed.sections.only_tags();
        if changed.presence == Presence::Absent && changed.life == Life::Anew {
            // It is not served stale, and not refreshed early.
            sections.leave_no_room_for_refresh();
        }
        for value in &changed.listed {
            let added = sections.index(value.index(), value.value());
            added.map_err(|_too_long| {
                let message = "the value is in more groups than fit";
                self.refusal(ErrorKind::Encode, asked, message)
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
            return Err(self.refusal(ErrorKind::TooLarge, asked, message));
        }
        // What would end within this millisecond ends with it.
        let lives = changed.lives.to_millis().unwrap_or(1);
        let idle = self.idle_of(changed.presence);
        Ok(Written {
            envelope,
            ttl_millis: idle.map_or(lives, |idle| idle.shorten(lives)),
            longest_millis: changed.longest.to_millis().unwrap_or(1),
            listed: changed.listed.clone(),
        })
    }

    /// Under what it is listed. What only its caller knew stays as it was.
    fn listed<V: CacheValue>(
        &self,
        judge: &Judge,
        value: &V,
        sections: Sections<'_>,
        before: &[IndexValue],
    ) -> Result<Vec<IndexValue>> {
        let listed = sections.indexes();
        let listed = listed.map(|(index, value)| IndexValue::from_parts(index, value));
        let mut listed: Vec<_> = listed.filter(|it| !before.contains(it)).collect();
        let of_call = self.target()?.listed().into_iter();
        for new in of_call.chain(judge.listed(value)) {
            if !listed.contains(&new) {
                listed.push(new);
            }
        }
        Ok(listed)
    }

    /// It lives as if it were put now; nothing if that is no time at all.
    fn begin_anew<V>(&self, target: &Target, ttl: Ttl, changed: &mut Changed<'_, V>) -> Option<()> {
        let lives = ttl.jittered(self.spec.jitter);
        let millis = lives.to_millis()?;
        let now = target.engine.context().server_time().now();
        let until = (millis > 0).then(|| now.saturating_add(millis));
        changed.header.fresh_until = until;
        let is_absent = changed.presence == Presence::Absent;
        // What is touched is as old as it was. Where nobody asks for that, its TTL is told by this.
        if is_absent || !self.spec.staleness.counts_from_storing() {
            changed.header.stored_at = now;
        }
        changed.lives = match lives.duration() {
            Some(fresh) if !is_absent => Ttl::after(sum(fresh, self.grace(changed.sections))),
            _ => lives,
        };
        changed.longest = changed.lives;
        Some(())
    }

    /// How long what is kept lives at most. It has gone unread for a while, and may be read again.
    fn longest<V>(&self, target: &Target, changed: &Changed<'_, V>) -> Ttl {
        if self.idle_of(changed.presence).is_none() {
            return changed.lives;
        }
        let Some(until) = changed.header.fresh_until else {
            return Ttl::NEVER;
        };
        let fresh = target.engine.context().server_time().until(until);
        let longest = sum(fresh.unwrap_or_default(), self.grace(changed.sections));
        changed.lives.max(Ttl::after(longest))
    }

    /// For how long it is stale before it ends: what can be refreshed is.
    fn grace(&self, sections: Sections<'_>) -> Duration {
        let grace = sections
            .refresh_lease()
            .map(|_| self.spec.staleness.grace());
        grace.unwrap_or_default()
    }

    /// How long it may go unread.
    fn idle_of(&self, presence: Presence) -> Option<Idle> {
        self.spec.idle.filter(|_| presence == Presence::Present)
    }
}
