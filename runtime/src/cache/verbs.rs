//! What can be done with an entry by hand.

use std::time::Duration;

use super::belonging::Aim;
use super::call::CacheCall;
use super::invalidating::{self, attempt};
use super::local::InvalidationToken;
use super::presence::Presence;
use super::put::put;
use super::rules::ValueRules;
use super::shape::CacheValue;
use super::spec::CacheSpec;
use super::stored::{Provenance, Stored};
use super::ttl::Ttl;
use super::written::Written;
use crate::backend::{Backend, Command, Reply, Resend};
use crate::codec::envelope;
use crate::context::Question;
use crate::error::{Error, ErrorKind, Result};
use crate::key::IndexValue;
use crate::metrics::Event;

/// A value that is to be put: all of it that can be told without a Larder.
#[derive(Debug)]
pub(crate) struct Given {
    pub(super) ttl: Ttl,
    pub(super) presence: Presence,
    pub(super) payload: Result<Vec<u8>>,
    pub(super) listed: Vec<IndexValue>,
}

impl Given {
    /// This value, by these rules.
    pub(crate) fn new<V: CacheValue>(spec: &CacheSpec, rules: &ValueRules<V>, value: &V) -> Self {
        let judge = rules.judge();
        let mut payload = Vec::new();
        let encoded = spec.codec.encode(value, &mut payload);
        Self {
            ttl: judge.ttl_of_put(spec, value),
            presence: judge.presence(spec, value),
            payload: encoded.map(|()| payload),
            listed: judge.listed(value),
        }
    }

    /// It, as this verb stores it.
    pub(super) fn write(
        &self,
        verb: &'static str,
        stored: &Stored<'_>,
        provenance: &Provenance,
    ) -> Result<Written> {
        let namespace = stored.spec().namespace;
        let payload = self.payload(namespace)?;
        let mut listed = stored.target().listed();
        listed.extend(self.listed.iter().cloned());
        let ttl = Some(self.ttl);
        let written = stored.write_payload(payload, self.presence, ttl, provenance, listed);
        written.map_err(|event| refused(verb, namespace, event))
    }

    fn payload(&self, namespace: &'static str) -> Result<&[u8]> {
        let payload = self.payload.as_deref();
        payload.map_err(|error| error.clone().with("namespace", namespace))
    }
}

impl CacheCall {
    /// The key under which the backend has it.
    pub(crate) fn key(&self) -> Result<String> {
        Ok(self.target()?.key().to_string())
    }

    /// What the key holds; nothing if one of its tags was invalidated, or an invalidation of it
    /// waits for the server.
    pub(crate) async fn look(&self) -> Result<Option<Vec<u8>>> {
        let target = self.target()?;
        if target.awaits_invalidation() {
            return Ok(None);
        }
        let context = target.engine.context();
        let call = context.command_call(Resend::Idempotent);
        let read = target.read_entry(Aim::ToAnswer);
        let reply = context.backend().run(&read, &call).await?;
        let (Some(bytes), glance) = target.entry_in(Aim::ToAnswer, reply)? else {
            return Ok(None);
        };
        let holds = target.holds(&bytes, Some(&glance), &call).await?;
        Ok(holds.then_some(bytes))
    }

    /// The value in what the key holds; `None` if there is none, or none that this build can read.
    pub(crate) fn read<V: CacheValue>(&self, held: Option<Vec<u8>>) -> Result<Option<V>> {
        let stored = Stored::new(&self.spec, self.target()?);
        Ok(held.and_then(|bytes| stored.read_value(&bytes)))
    }

    /// Stores this value in the place of what is there, and voids any load that is under way.
    pub(crate) async fn put(&self, given: Given) -> Result<()> {
        let target = self.target()?;
        // What cannot be encoded is told before anybody is asked.
        given.payload(self.spec.namespace)?;
        let stored = Stored::new(&self.spec, target);
        let write = |provenance: &Provenance| given.write("put", &stored, provenance);
        put(target, &self.spec, write).await
    }

    /// Stores this value, or sees to it that what is there is invalidated.
    pub(crate) async fn put_or_invalidate(&self, given: Given) -> Result<()> {
        let target = self.target()?;
        let subject = invalidating::entry(target, &self.spec);
        let put = attempt(&target.engine, subject, self.put(given)).await;
        let Err(error) = put else { return Ok(()) };
        if !error.is_queued() {
            // It cannot be stored. Whether it could be removed says more than that.
            self.invalidate().await?;
        }
        Err(error)
    }

    /// Removes what is there and voids any load that is under way.
    pub(crate) async fn invalidate(&self) -> Result<InvalidationToken> {
        invalidating::invalidate(self.target()?, &self.spec).await
    }

    /// How long what is there will still live.
    pub(crate) async fn ttl(&self) -> Result<Option<Ttl>> {
        let target = self.target()?;
        if target.awaits_invalidation() {
            return Ok(None);
        }
        let context = target.engine.context();
        // Not in a transaction: a server that is full takes none, and answers reads.
        let questions = ["GET", "PTTL"];
        let questions =
            questions.map(|name| Question::Command(Command::new(name).arg(target.key())));
        let call = context.command_call(Resend::Idempotent);
        let mut replies = context.ask(&questions, &call).await?.into_iter();
        let mut next = || replies.next().unwrap_or(Reply::Nil);
        let (held, left) = (next(), next());
        let Some(bytes) = held.checked("GET")?.into_bytes("GET")? else {
            return Ok(None);
        };
        let is_lease = envelope::lease_token(&bytes, target.key().as_bytes()).is_some();
        if is_lease || !target.holds(&bytes, None, &call).await? {
            return Ok(None);
        }
        Ok(match left.checked("PTTL")?.into_int("PTTL")? {
            // The server's words for a key that has gone since, and for one without an end.
            -2 => None,
            -1 => Some(Ttl::NEVER),
            left => {
                let left = u64::try_from(left).unwrap_or_default();
                Some(Ttl::after(Duration::from_millis(left)))
            }
        })
    }
}

/// Why this verb does not store a value.
pub(super) fn refused(verb: &'static str, namespace: &'static str, event: Event) -> Error {
    let (kind, message) = match event {
        Event::TooLarge => (
            ErrorKind::TooLarge,
            "the value is larger than max_value_bytes",
        ),
        Event::EncodeFailed => (ErrorKind::Encode, "the value is in more groups than fit"),
        _ => (
            ErrorKind::Configuration,
            "the TTL of this value is zero: to remove an entry, invalidate it",
        ),
    };
    Error::new(kind, verb, message).with("namespace", namespace)
}
