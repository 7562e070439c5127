//! The local tier as one call sees it.

use super::index::listed_under;
use super::local::{
    Answered, Content, Demand, Found as InTier, Kept, Label, Local, LocalCopy, Membership,
    ensure_patrol,
};
use super::policy::Policy;
use super::shape::{CacheValue, Shape};
use super::stored::{Found, Stored};
use super::tag::carried;
use super::turn::{Keeping, Read};
use crate::codec::envelope;
use crate::key::JoinedKey;
use crate::metrics::Event;

/// Finds and keeps the copies of one call's key.
pub(crate) struct Copies<'call, S: Shape> {
    stored: &'call Stored<'call>,
    policy: &'call Policy<S>,
    rule: Local,
}

impl<'call, S: Shape<Value: CacheValue>> Copies<'call, S> {
    /// As the function says, or else the Larder, which speaks for values that can be cloned.
    pub(crate) fn new(stored: &'call Stored<'call>, policy: &'call Policy<S>) -> Self {
        let default = match policy.cloning_of_values().way() {
            Some(_) => stored.target().engine.local_default(),
            None => Local::Off,
        };
        Self {
            stored,
            policy,
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

    /// What a copy answers, if there is one that will do.
    pub(crate) fn find(&self, demand: Demand) -> Option<Result<S::Value, S::Error>> {
        if self.keeping() == Keeping::No {
            return None;
        }
        let target = self.stored.target();
        let key = JoinedKey(target.key.as_bytes());
        let tier = target.engine.local();
        let copy = match tier.look_up(&key, self.stored.form(), demand) {
            InTier::Copy(copy) => copy,
            InTier::Bypassed(copy) => {
                copy.counters().count(Event::LocalBypassed);
                return None;
            }
            InTier::Nothing => return None,
        };
        let outcome = match copy.content::<S::Value>()? {
            Content::Value(value) => Ok(self.policy.cloning_of_values().way()?(value)),
            Content::EncodedValue(payload) => Ok(self.stored.decode(payload)?),
            Content::EncodedError(payload) => {
                let codec = self.stored.spec().codec;
                Err(self.policy.decode_error(codec, payload).ok()?)
            }
        };
        target.note(match outcome {
            Ok(_) => Event::LocalHit,
            Err(_) => Event::LocalNegativeHit,
        });
        Some(outcome)
    }

    /// Keeps a copy of what was read, if it may be kept.
    pub(crate) fn keep(&self, read: &Read, found: &Found<S>) {
        let target = self.stored.target();
        // A copy does not know that it is to be refreshed: it ends when the entry is.
        let fresh_until = self.stored.ripens(found).or(found.header.fresh_until);
        let Some(answered) = &read.answered else {
            return;
        };
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
        let (key, context) = (target.key.as_bytes(), target.engine.context());
        let payload = envelope::payload(&read.bytes);
        let label = Label {
            form: self.stored.form(),
            groups: self.groups(read, answered),
            lives,
            encoded_bytes: payload.len(),
            counters: context.metrics().of(target.namespace),
        };
        let copy = match (&found.outcome, self.policy.cloning_of_values().way()) {
            (Ok(value), Some(clone)) => LocalCopy::of_value(key, answered, label, clone(value)),
            (Ok(_), None) => LocalCopy::of_encoded_value(key, answered, label, payload),
            (Err(_), _) => LocalCopy::of_error(key, answered, label, payload),
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

    /// The groups of what was read: its tags, and the values of an index that list it. It carries them all.
    fn groups(&self, read: &Read, answered: &Answered) -> Membership {
        let key = &self.stored.target().key;
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
