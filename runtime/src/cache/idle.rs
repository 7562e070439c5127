//! Entries that end when nobody reads them any more.
//!
//! A hit stays one round trip: that the entry was read is told the server behind it, and not for
//! every hit. What may pass between a read and the server's knowing of it is added to what an entry
//! lives, so it never ends too early: a [step](Idle::step) for a copy that has answered in this
//! process, one for what this process has told before, and one for what another has told.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::answer::Side;
use super::stored::{Found, Stored};
use crate::backend::{Backend, Resend, Script};
use crate::clock::Moment;
use crate::codec::envelope::Token;
use crate::context::Context;
use crate::hash::QuickHash;
use crate::key::Key;
use crate::length::millis;

/// How long an entry may go unread; a part of every call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Idle {
    millis: u64,
}

/// Which part of the time a step is, and how many of them are added: a quarter in all.
const PARTS: u64 = 12;
const STEPS: u64 = 3;

/// Of how many entries it is remembered when the server was told.
const REMEMBERED: usize = 1 << 16;

impl Idle {
    /// This long, at least so that a step is a millisecond.
    pub(crate) const fn after(duration: Duration) -> Self {
        let millis = millis(duration);
        Self {
            millis: if millis < PARTS { PARTS } else { millis },
        }
    }

    /// What may pass before the next one down the line hears of a read.
    pub(crate) const fn step(self) -> Duration {
        Duration::from_millis(self.millis / PARTS)
    }

    /// How long an entry lives from a read on that the server hears of.
    pub(crate) const fn life(self) -> Duration {
        Duration::from_millis(self.millis + STEPS * (self.millis / PARTS))
    }

    /// The TTL that the server is told of an entry with this one, in milliseconds, each 0 for one
    /// without an end.
    pub(crate) fn shorten(self, ttl_millis: u64) -> u64 {
        let life = millis(self.life());
        match ttl_millis {
            0 => life,
            ttl_millis => ttl_millis.min(life),
        }
    }
}

/// Tells the server which entries were read.
#[derive(Debug)]
pub(crate) struct Prolonging {
    context: Arc<Context>,
    script: Script,
    hasher: QuickHash,
    /// Until when the server need not be told again, by hashes of keys. Where two share one, the
    /// one ends earlier.
    told: Mutex<HashMap<u64, Moment>>,
}

/// What the server is told.
struct Reading {
    key: Key,
    token: Token,
    idle: Idle,
    /// The entry's end at the latest, by the server's clock.
    ends: Option<u64>,
}

impl Prolonging {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self {
            script: Script::new(include_str!("prolong.lua")),
            hasher: QuickHash::seeded(context.identity()),
            context,
            told: Mutex::default(),
        }
    }

    /// Whether it is time to tell of this key, in which case it is noted that it is being told.
    fn is_due(&self, key: &Key, idle: Idle) -> bool {
        let hash = self.hasher.hash_one(key);
        let now = self.context.clock().now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.get(&hash).is_some_and(|until| now < *until) {
            return false;
        }
        if told.len() >= REMEMBERED {
            told.retain(|_, until| now < *until);
        }
        if told.len() >= REMEMBERED {
            // They are told once more than they need to be.
            told.clear();
        }
        told.insert(hash, now + idle.step());
        true
    }

    async fn tell(&self, reading: Reading) {
        let question = self
            .script
            .on(&[&reading.key])
            .arg(reading.token.as_bytes().as_slice())
            .arg(millis(reading.idle.life()))
            .arg(reading.ends.unwrap_or(0))
            .arg(millis(reading.idle.step()));
        let call = self.context.command_call(Resend::Idempotent);
        if let Err(error) = self.context.backend().script(&question, &call).await {
            tracing::debug!(%error, "the server was not told that an entry was read, and it may end earlier");
        }
    }
}

/// Has what was read live on, if it would end for not being read. Nobody waits for it.
pub(crate) fn prolong(stored: &Stored<'_>, found: &Found) {
    let (Some(idle), Side::Value) = (stored.spec().idle, found.side) else {
        return;
    };
    let (engine, key) = (&stored.target().engine, stored.target().key());
    // Without a runtime nothing can be sent behind the call.
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return;
    };
    if !engine.prolonging().is_due(key, idle) {
        return;
    }
    let reading = Reading {
        key: key.clone(),
        token: found.header.token,
        idle,
        ends: stored.ends(found),
    };
    let prolonging = Arc::clone(engine.prolonging());
    runtime.spawn(async move { prolonging.tell(reading).await });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_lives_a_quarter_longer_than_it_may_go_unread() {
        let idle = Idle::after(Duration::from_mins(30));
        assert_eq!(idle.life(), Duration::from_secs(37 * 60 + 30));
        assert!(idle.life() >= Duration::from_mins(30) + 3 * idle.step());
        assert_eq!(idle.shorten(0), 2_250_000);
        assert_eq!(idle.shorten(60_000), 60_000);
        assert_eq!(idle.shorten(u64::MAX), 2_250_000);
    }

    #[test]
    fn no_time_is_too_short_or_too_long() {
        assert_eq!(Idle::after(Duration::ZERO).step(), Duration::from_millis(1));
        assert!(Idle::after(Duration::MAX).life() > Duration::from_hours(1));
    }
}
