//! Entries that end when nobody reads them any more.
//!
//! A hit stays one round trip: that the entry was read is told the server behind it, and not for
//! every hit. What may pass between a read and the server's knowing of it is added to what an entry
//! lives, so it never ends too early: a [step](Idle::step) for a copy that has answered in this
//! process, one for what this process has told before, and one for what another has told.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    /// When it was read.
    at: Moment,
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

    /// Whether it is time to tell of this key, in which case it is noted that it is being told: for
    /// as long as a command may take, since whoever is to do it may stand still with his runtime.
    fn is_due(&self, key: &Key, idle: Idle, now: Moment) -> bool {
        let hash = self.hasher.hash_one(key);
        let mut told = self.told();
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
        let command_timeout = self.context.limits().command_timeout;
        told.insert(hash, now + idle.step().min(command_timeout));
        true
    }

    /// The server knows of it.
    fn is_told(&self, reading: &Reading) {
        let hash = self.hasher.hash_one(&reading.key);
        if let Some(until) = self.told().get_mut(&hash) {
            *until = (*until).max(reading.at + reading.idle.step());
        }
    }

    fn told(&self) -> MutexGuard<'_, HashMap<u64, Moment>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
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
        match self.context.backend().script(&question, &call).await {
            Ok(_) => self.is_told(&reading),
            Err(error) => {
                tracing::debug!(%error, "the server was not told that an entry was read, and it may end earlier");
            }
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
    let at = engine.context().clock().now();
    if !engine.prolonging().is_due(key, idle, at) {
        return;
    }
    let reading = Reading {
        key: key.clone(),
        token: found.header.token,
        idle,
        ends: stored.ends(found),
        at,
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

    /// What is to be told may stand still with its runtime.
    #[cfg(feature = "memory")]
    #[tokio::test(start_paused = true)]
    async fn until_the_server_is_told_a_read_is_told_again_and_then_once_a_step() {
        const SECOND: Duration = Duration::from_secs(1);
        let server = crate::backend::memory::MemoryServer::new();
        let limits = crate::context::Limits {
            call_budget: SECOND,
            command_timeout: SECOND,
            max_value_bytes: 1 << 20,
        };
        let clock = server.clock().clone();
        let context = Context::new(server.connect().into(), clock.clone(), limits, 7);
        let prolonging = Prolonging::new(context);
        let key = crate::key::Scope::new("app", None).key("n", 1, |writer| writer.arg("k"));
        let idle = Idle::after(120 * SECOND);
        let is_due = || prolonging.is_due(&key, idle, clock.now());
        assert!(is_due() && !is_due());
        clock.sleep(SECOND).await;
        let at = clock.now();
        assert!(is_due());
        let token = Token::default();
        let (key, ends) = (key.clone(), None);
        prolonging
            .tell(Reading {
                key,
                token,
                idle,
                ends,
                at,
            })
            .await;
        clock.sleep(9 * SECOND).await;
        assert!(!is_due());
        clock.sleep(SECOND).await;
        assert!(is_due());
    }
}
