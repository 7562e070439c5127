//! What can be done with an entry by hand.

use std::pin::pin;
use std::time::Duration;

use super::call::CacheCall;
use super::local::InvalidationToken;
use super::rules::ValueRules;
use super::shape::CacheValue;
use super::spec::CacheSpec;
use super::stored::{Provenance, Stored};
use super::ttl::Ttl;
use crate::backend::{Atomicity, Backend, Command, Pipeline, Reply, Resend};
use crate::codec::envelope;
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::metrics::Event;

/// A value that is to be put: all of it that can be told without a Larder.
#[derive(Debug)]
pub(crate) struct Given {
    ttl: Ttl,
    payload: Result<Vec<u8>>,
}

impl Given {
    /// This value, by these rules.
    pub(crate) fn new<V: CacheValue>(spec: &CacheSpec, rules: &ValueRules<V>, value: &V) -> Self {
        let mut payload = Vec::new();
        let encoded = spec.codec.encode(value, &mut payload);
        Self {
            ttl: rules.ttl_of_put(spec, value),
            payload: encoded.map(|()| payload),
        }
    }
}

impl CacheCall {
    /// The key under which the backend has it.
    pub(crate) fn key(&self) -> Result<String> {
        Ok(self.target()?.key.to_string())
    }

    /// What the key holds.
    pub(crate) async fn look(&self) -> Result<Option<Vec<u8>>> {
        let target = self.target()?;
        let context = target.engine.context();
        let get = Command::new("GET").arg(&target.key);
        let reply = context
            .backend()
            .run(&get, &context.command_call(Resend::Idempotent))
            .await?;
        reply.into_bytes("GET")
    }

    /// The value in what the key holds; `None` if there is none, or none that this build can read.
    pub(crate) fn read<V: CacheValue>(&self, held: Option<Vec<u8>>) -> Result<Option<V>> {
        let stored = Stored::new(&self.spec, self.target()?);
        Ok(held.and_then(|bytes| stored.read_value(&bytes)))
    }

    /// Stores this value in the place of what is there, and voids any load that is under way.
    pub(crate) async fn put(&self, given: Given) -> Result<()> {
        let target = self.target()?;
        let namespace = self.spec.namespace;
        let payload = given
            .payload
            .map_err(|error| error.with("namespace", namespace))?;
        let context = target.engine.context();
        context.hear_server_time().await?;
        // What the builds before and after have stored is as outdated as what this one had.
        let keys: Vec<Key> = target.key.covered_versions().collect();
        let others = keys
            .iter()
            .skip(1)
            .fold(Command::new("UNLINK"), Command::arg);
        let (others, payload, ttl) = (&others, &payload, given.ttl);
        let call = &context.command_call(Resend::Idempotent);
        let put = |backend| async move {
            // Other bytes at each try: a refresh that has read those of the first must not find them again after an invalidation.
            let provenance = Provenance {
                token: target.engine.leases().next_token(),
                cost: Duration::ZERO,
            };
            let written = Stored::new(&self.spec, target).write_payload(payload, ttl, provenance);
            let written = written.map_err(|event| self.refused(event))?;
            let mut set = Command::new("SET").arg(&target.key).arg(&written.envelope);
            if let Some(lives) = written.lives() {
                set = set.arg("PX").arg(lives.as_millis() as u64);
            }
            let change = Pipeline::new(Atomicity::Independent)
                .then(others.clone())
                .then(set);
            let replies = Backend::pipeline(backend, &change, call).await?;
            Ok((written, replies))
        };
        // Pinned where it is: a future that is handed over is kept twice.
        let changed = pin!(context.backend().try_anew(call, put));
        let (written, replies) = target.engine.local().change(&keys, changed).await?;
        for reply in replies {
            reply.checked("SET")?;
        }
        target.engine.foresight().saw(&target.key, written.lives());
        Ok(())
    }

    /// Removes what is there and voids any load that is under way.
    pub(crate) async fn invalidate(&self) -> Result<InvalidationToken> {
        let target = self.target()?;
        let context = target.engine.context();
        let keys: Vec<Key> = target.key.covered_versions().collect();
        let unlink = keys.iter().fold(Command::new("UNLINK"), Command::arg);
        // The time comes last: whatever was read later by the server's clock was read after the removal.
        let change = Pipeline::new(Atomicity::Independent)
            .then(unlink)
            .then(Command::new("TIME"));
        let call = context.command_call(Resend::Idempotent);
        let changed = pin!(context.backend().pipeline(&change, &call));
        let replies = target.engine.local().change(&keys, changed).await?;
        let mut replies = replies.into_iter();
        replies.next().unwrap_or(Reply::Nil).checked("UNLINK")?;
        target.engine.foresight().missed(&target.key);
        // It is invalidated, whether the server tells the time or not.
        let time = replies
            .next()
            .map(|reply| context.server_time().hear(reply));
        Ok(match time {
            Some(Ok(micros)) => InvalidationToken::at(micros),
            _ => InvalidationToken::UNKNOWN,
        })
    }

    /// How long what is there will still live.
    pub(crate) async fn ttl(&self) -> Result<Option<Ttl>> {
        let target = self.target()?;
        let context = target.engine.context();
        let look = Pipeline::new(Atomicity::Atomic)
            .then(Command::new("GET").arg(&target.key))
            .then(Command::new("PTTL").arg(&target.key));
        let replies = context
            .backend()
            .pipeline(&look, &context.command_call(Resend::Idempotent))
            .await?;
        let [held, left] = <[_; 2]>::try_from(replies).map_err(|_| {
            Error::new(
                ErrorKind::Protocol,
                "ttl",
                "the server did not answer both questions",
            )
        })?;
        let held = held.checked("GET")?.into_bytes("GET")?;
        if held.is_none_or(|bytes| envelope::lease_token(&bytes, target.key.as_bytes()).is_some()) {
            return Ok(None);
        }
        let left = left.checked("PTTL")?.into_int("PTTL")?;
        Ok(Some(match u64::try_from(left) {
            Ok(millis) => Ttl::after(Duration::from_millis(millis)),
            // -1 is the server's word for a key without an end.
            Err(_) => Ttl::NEVER,
        }))
    }

    /// Why a value that was to be put is not stored.
    fn refused(&self, event: Event) -> Error {
        let (kind, message) = match event {
            Event::TooLarge => (
                ErrorKind::TooLarge,
                "the value is larger than max_value_bytes",
            ),
            _ => (
                ErrorKind::Configuration,
                "the TTL of this value is zero: to remove an entry, invalidate it",
            ),
        };
        Error::new(kind, "put", message).with("namespace", self.spec.namespace)
    }
}
