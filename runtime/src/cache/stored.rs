//! How the values of one call are written to its key and read from it.

use std::sync::Arc;
use std::time::Duration;

use super::answer::{Answer, Judged, Side};
use super::declaration::Declaration;
use super::idle::Idle;
use super::local::Form;
use super::observed::Observed;
use super::presence::Presence;
use super::shape::CacheValue;
use super::staleness::Age;
use super::target::Target;
use super::ttl::Ttl;
use super::written::Written;
use crate::codec::envelope::{self, Envelope, Expectation, Header, RefreshLease, Sections, Token};
use crate::error::Result;
use crate::key::IndexValue;
use crate::length::{millis, sum};
use crate::metrics::Event;

/// The reader and writer of one call's key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored<'call> {
    spec: &'call Declaration,
    target: &'call Target,
}

/// What is known of what was found stored, beside what it holds.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) side: Side,
    pub(crate) header: Header,
    /// Who refreshes it; `None` if it cannot be refreshed while it stands there.
    pub(crate) refresh_lease: Option<RefreshLease>,
}

/// What is said of a value beside the value.
#[derive(Debug, Clone)]
pub(crate) struct Provenance {
    /// The load that made it.
    pub(crate) token: Token,
    /// How long the load took.
    pub(crate) cost: Duration,
    /// What its groups were like before the load began.
    pub(crate) observed: Arc<Observed>,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Value,
    /// A value that says that there is none.
    Absence,
    Negative,
}

impl From<Presence> for Kind {
    fn from(presence: Presence) -> Self {
        match presence {
            Presence::Present => Self::Value,
            Presence::Absent => Self::Absence,
        }
    }
}

impl<'call> Stored<'call> {
    pub(crate) fn new(spec: &'call Declaration, target: &'call Target) -> Self {
        Self { spec, target }
    }

    pub(crate) fn spec(&self) -> &'call Declaration {
        self.spec
    }

    pub(crate) fn target(&self) -> &'call Target {
        self.target
    }

    /// The answer as it is to be stored; the event if it is not.
    pub(super) fn write_answer(
        &self,
        answer: &dyn Answer,
        judged: Judged,
        provenance: &Provenance,
    ) -> Result<Written, Event> {
        let encode = &mut |into: &mut Vec<u8>| answer.encode(self.spec.codec, into);
        let kind = match judged.side {
            Side::Value => judged.presence.into(),
            Side::Error => Kind::Negative,
        };
        self.write(kind, judged.ttl, provenance, judged.listed, encode)
    }

    /// A value that is encoded already, as it is to be stored; the event if it is not.
    pub(crate) fn write_payload(
        &self,
        payload: &[u8],
        presence: Presence,
        ttl: Option<Ttl>,
        provenance: &Provenance,
        listed: Vec<IndexValue>,
    ) -> Result<Written, Event> {
        let append = &mut |into: &mut Vec<u8>| {
            into.extend_from_slice(payload);
            Ok(())
        };
        self.write(presence.into(), ttl, provenance, listed, append)
    }

    /// The value of a payload.
    pub(crate) fn decode<V: CacheValue>(&self, payload: &[u8]) -> Option<V> {
        self.spec.codec.read(payload)
    }

    /// Has what was stored, value or error, answer; the event if it cannot be used.
    pub(super) fn read(&self, answer: &mut dyn Answer, bytes: &[u8]) -> Result<Found, Event> {
        let (side, header, sections, payload) = match self.open(bytes)? {
            Envelope::Value {
                header,
                sections,
                payload,
            } => (Side::Value, header, sections, payload),
            Envelope::Negative {
                header,
                sections,
                payload,
            } => (Side::Error, header, sections, payload),
            // Whoever asks for a value has looked for a lease before.
            Envelope::Lease { .. } => return Err(Event::Foreign),
        };
        let read = answer.read(self.spec.codec, side, payload);
        read.ok_or(Event::Corrupt)?;
        Ok(Found {
            side,
            header,
            refresh_lease: sections.refresh_lease(),
        })
    }

    /// How old what was read is. What cannot be refreshed while it stands there is fresh until it
    /// ends.
    pub(crate) fn age(&self, found: &Found) -> Age {
        match found.refresh_lease {
            Some(_) => {
                let now = self.target.engine.context().server_time().now();
                let staleness = &self.spec.staleness;
                staleness.age(&found.header, self.spec.ttl, now)
            }
            None => Age::Fresh,
        }
    }

    /// From when on what was read is to be refreshed, by the server's clock, if it is to be before
    /// it is stale.
    pub(crate) fn ripens(&self, found: &Found) -> Option<u64> {
        found.refresh_lease?;
        let staleness = &self.spec.staleness;
        staleness.ripens(&found.header, self.spec.ttl)
    }

    /// Its end at the latest, by the server's clock, if it has one.
    pub(crate) fn ends(&self, found: &Found) -> Option<u64> {
        let grace = found.refresh_lease.map(|_| self.spec.staleness.grace());
        let grace = millis(grace.unwrap_or_default());
        let until = found.header.fresh_until?;
        Some(until.saturating_add(grace))
    }

    /// How long what was read still lives, if it has an end, and nobody reads it.
    pub(crate) fn lives(&self, found: &Found) -> Option<Duration> {
        let unread = self.spec.idle.map(Idle::life);
        let lives = self.lives_at_most(found);
        unread.into_iter().chain(lives).min()
    }

    fn lives_at_most(&self, found: &Found) -> Option<Duration> {
        let server_time = self.target.engine.context().server_time();
        let until = found.header.fresh_until?;
        let fresh = server_time.until(until).or(self.spec.ttl.duration())?;
        let grace = found.refresh_lease.map(|_| self.spec.staleness.grace());
        Some(sum(fresh, grace.unwrap_or_default()))
    }

    /// Has what was read live on, if it would end for not being read.
    pub(crate) fn prolong(&self, found: &Found) {
        let (Some(idle), Side::Value) = (self.spec.idle, found.side) else {
            return;
        };
        let prolonging = self.target.engine.prolonging();
        let ends = self.ends(found);
        prolonging.was_read(self.target.key(), found.header.token, idle, ends);
    }

    /// How what is stored is to be read.
    pub(crate) fn form(&self) -> Form {
        self.spec.form()
    }

    /// The stored value, if there is one that can be used.
    pub(crate) fn read_value<V: CacheValue>(&self, bytes: &[u8]) -> Option<V> {
        match self.open(bytes) {
            Ok(Envelope::Value { payload, .. }) => self.decode(payload),
            _ => None,
        }
    }

    /// The stored value and all that is said of it, if there is one that can be used.
    pub(crate) fn read_whole<'bytes, V: CacheValue>(
        &self,
        bytes: &'bytes [u8],
    ) -> Option<(V, Header, Sections<'bytes>)> {
        match self.open(bytes) {
            Ok(Envelope::Value {
                header,
                sections,
                payload,
            }) => Some((self.decode(payload)?, header, sections)),
            _ => None,
        }
    }

    /// Whether these bytes are a value or an error that this build can open.
    pub(crate) fn is_readable(&self, bytes: &[u8]) -> bool {
        matches!(
            self.open(bytes),
            Ok(Envelope::Value { .. } | Envelope::Negative { .. })
        )
    }

    fn open<'bytes>(&self, bytes: &'bytes [u8]) -> Result<Envelope<'bytes>, Event> {
        let expected = Expectation {
            codec: self.spec.codec,
            fingerprint: self.spec.fingerprint(),
            max_bytes: self.target.engine.context().limits().max_value_bytes,
        };
        envelope::read(bytes, self.target.key().as_bytes(), expected).map_err(Event::from)
    }

    /// All that does not depend on a type, which is most of it.
    fn write(
        &self,
        kind: Kind,
        ttl: Option<Ttl>,
        provenance: &Provenance,
        listed: Vec<IndexValue>,
        encode: &mut dyn FnMut(&mut Vec<u8>) -> Result<()>,
    ) -> Result<Written, Event> {
        let ttl = ttl.map(|ttl| ttl.jittered(self.spec.jitter));
        let Some((fresh, fresh_millis)) = ttl.and_then(|ttl| Some((ttl, ttl.to_millis()?))) else {
            return Err(Event::NotStored);
        };
        let context = self.target.engine.context();
        let staleness = &self.spec.staleness;
        let now = context.server_time().now();
        // Without the server's time nobody could tell how old it is.
        let is_refreshable = kind == Kind::Value && staleness.refreshes() && now > 0;
        let longest_millis = if is_refreshable {
            let lives = staleness.lengthen(fresh).to_millis();
            lives.unwrap_or(fresh_millis)
        } else {
            fresh_millis
        };
        let ttl_millis = match self.spec.idle {
            Some(idle) if kind == Kind::Value => idle.shorten(longest_millis),
            _ => longest_millis,
        };
        let header = Header {
            codec: self.spec.codec,
            fingerprint: self.spec.fingerprint(),
            stored_at: now,
            fresh_until: (fresh_millis > 0).then(|| now.saturating_add(fresh_millis)),
            cost: provenance.cost,
            token: provenance.token,
        };
        let namespace = self.spec.namespace;
        let sections = self.target.belonging(&listed, &provenance.observed);
        let mut sections = sections.map_err(|_too_long| {
            tracing::warn!(
                namespace,
                "a value is in more groups than an entry can name, and is not stored"
            );
            Event::EncodeFailed
        })?;
        if is_refreshable {
            sections.leave_room_for_refresh();
        }
        let sections = sections.as_sections();
        let key = self.target.key().as_bytes();
        let written = match kind {
            Kind::Value | Kind::Absence => envelope::write_value(key, &header, sections, encode),
            Kind::Negative => envelope::write_negative(key, &header, sections, encode),
        };
        let envelope = written.map_err(|error| {
            tracing::warn!(%error, namespace, "a value could not be encoded and is not stored");
            Event::EncodeFailed
        })?;
        if envelope.len() > context.limits().max_value_bytes {
            return Err(Event::TooLarge);
        }
        Ok(Written {
            envelope,
            ttl_millis,
            longest_millis,
            listed,
        })
    }
}
