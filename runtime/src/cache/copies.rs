//! The local tier as one call sees it.

use std::sync::Arc;

use super::answer::{Answer, Seen, Side, ValueSource};
use super::index::listed_under;
use super::local::{
    Answered, Copying, Demand, Encoded, Found as InTier, Kept, Label, Local, LocalCopy, Membership,
    ensure_patrol,
};
use super::stored::{Found, Stored};
use super::tag::carried;
use super::turn::{Keeping, Read};
use crate::codec::{Codec, envelope};
use crate::key::JoinedKey;
use crate::metrics::Event;

/// Finds and keeps the copies of one call's key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Copies<'call> {
    stored: Stored<'call>,
    copying: Copying,
    rule: Local,
}

impl<'call> Copies<'call> {
    /// As the function says, or else the Larder, which speaks for values that can be cloned.
    pub(crate) fn new(stored: Stored<'call>, copying: Copying) -> Self {
        let default = match copying {
            Copying::ByClone(_) => stored.target().engine.local_default(),
            Copying::No => Local::Off,
        };
        Self {
            stored,
            copying,
            rule: stored.spec().local.unwrap_or(default),
        }
    }

    /// Whether what the call reads is to be kept.
    pub(crate) fn keeping(&self) -> Keeping {
        match self.rule {
            Local::Off => Keeping::No,
            Local::For(_) | Local::WhileFresh => Keeping::Yes,
        }
    }

    /// The copy that answers the call, if there is one that will do.
    pub(crate) fn find(&self, demand: Demand) -> Option<Arc<LocalCopy>> {
        if self.keeping() == Keeping::No {
            return None;
        }
        let target = self.stored.target();
        let key = JoinedKey(target.key().as_bytes());
        let tier = target.engine.local();
        let copy = match tier.look_up(&key, self.stored.form(), demand) {
            InTier::Copy(copy) => copy,
            InTier::Bypassed(copy) => {
                copy.counters().count(Event::LocalBypassed);
                return None;
            }
            InTier::Nothing => return None,
        };
        let is_readable = match self.copying {
            Copying::ByClone(by_clone) => copy.encoded().is_some() || copy.is_of(by_clone.of()),
            Copying::No => copy.encoded().is_some(),
        };
        is_readable.then_some(copy)
    }

    /// Keeps a copy of what was read, if it may be kept.
    pub(super) fn keep(&self, read: &Read, found: &Found, answer: &dyn Answer) {
        let Some(answered) = &read.answered else {
            return;
        };
        let target = self.stored.target();
        // A copy does not know that it is to be refreshed: it ends when the entry is.
        let fresh_until = self.stored.ripens(found).or(found.header.fresh_until);
        let unread = self.stored.spec().idle;
        let Some(lives) = self
            .rule
            .limit(fresh_until.map(|until| answered.until(until)))
            // While it answers, nobody hears that the entry is read.
            .map(|lives| unread.map_or(lives, |idle| lives.min(idle.step())))
            .filter(|lives| !lives.is_zero())
        else {
            return;
        };
        let (key, context) = (target.key().as_bytes(), target.engine.context());
        let payload = envelope::payload(&read.bytes);
        let label = Label {
            form: self.stored.form(),
            groups: self.groups(read, answered),
            lives,
            encoded_bytes: payload.len(),
            counters: context.metrics().of(target.namespace),
        };
        let copied = match answer.seen() {
            Seen::Value(value) => self.copying.copy(value, key, answered, label),
            _ => Err(label),
        };
        let copy = match copied {
            Ok(copy) => copy,
            Err(label) => match found.side {
                Side::Value => LocalCopy::of_encoded_value(key, answered, label, payload),
                Side::Error => LocalCopy::of_error(key, answered, label, payload),
            },
        };
        let counters = context.metrics().of(target.namespace);
        match target.engine.local().keep(key, answered, copy) {
            Kept::Yes => {
                counters.count(Event::LocalKept);
                ensure_patrol(target.engine.local(), context);
            }
            Kept::Discarded => counters.count(Event::LocalDiscarded),
        }
    }

    /// The groups of what was read: its tags, and the values of an index that list it. It carries
    /// them all.
    fn groups(&self, read: &Read, answered: &Answered) -> Membership {
        let key = self.stored.target().key();
        let sections = envelope::belongings(&read.bytes, key.as_bytes());
        let groups = sections.into_iter().flat_map(|(_, sections)| {
            let tags = carried(sections, key).map(|(tag, _)| tag.as_bytes().to_vec());
            let indexes = key.indexes();
            let sets =
                listed_under(sections).map(move |value| indexes.set(&value).as_bytes().to_vec());
            tags.chain(sets)
        });
        self.stored
            .target()
            .engine
            .local()
            .membership(answered, groups)
    }
}

/// Has a copy answer; nothing if what it holds cannot be read.
pub(super) fn serve(copy: &LocalCopy, codec: Codec, answer: &mut dyn Answer) -> Option<()> {
    let event = match copy.encoded() {
        None => {
            answer.take_value(ValueSource::Copy(copy.content()))?;
            Event::LocalHit
        }
        Some(Encoded::Value(payload)) => {
            answer.read(codec, Side::Value, payload)?;
            Event::LocalHit
        }
        Some(Encoded::Error(payload)) => {
            answer.read(codec, Side::Error, payload)?;
            Event::LocalNegativeHit
        }
    };
    copy.counters().count(event);
    tracing::Span::current().record("outcome", event.name());
    Some(())
}
