//! What the server is told of reads, so that an entry which ends when nobody reads it lives on.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::idle::Idle;
use crate::backend::{Backend, Reply, Resend, Script};
use crate::clock::Moment;
use crate::codec::envelope::Token;
use crate::context::Context;
use crate::hash::QuickHash;
use crate::key::Key;
use crate::length::millis;

/// Of how many entries it is remembered when the server was told.
const REMEMBERED: usize = 1 << 16;

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

    /// This entry was read: it lives on, if it would end for not being read. Nobody waits for it.
    pub(crate) fn was_read(
        self: &Arc<Self>,
        key: &Key,
        token: Token,
        idle: Idle,
        ends: Option<u64>,
    ) {
        // Without a runtime nothing can be sent behind the call.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let at = self.context.clock().now();
        if !self.is_due(key, idle, at) {
            return;
        }
        let key = key.clone();
        let reading = Reading {
            key,
            token,
            idle,
            ends,
            at,
        };
        let prolonging = Arc::clone(self);
        runtime.spawn(async move { prolonging.tell(reading).await });
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
            // Another value stands there by now, which may end when the old one would have: of that
            // the server is yet to be told that it is read.
            Ok(Reply::Nil) => {}
            Ok(_) => self.is_told(&reading),
            Err(error) => {
                tracing::debug!(%error, "the server was not told that an entry was read, and it may end earlier");
            }
        }
    }
}

#[cfg(all(test, feature = "memory"))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::backend::Command;

    /// What is to be told may stand still with its runtime.
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
        let prolonging = Prolonging::new(Arc::clone(&context));
        let key = crate::key::Scope::new("app", None).key("n", 1, |writer| writer.arg("k"));
        let store = Command::new("SETRANGE")
            .arg(&key)
            .arg(42_u64)
            .arg([0; 16].as_slice());
        let call = context.command_call(Resend::Idempotent);
        context.backend().run(&store, &call).await.unwrap();
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
