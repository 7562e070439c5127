//! What is asked of a target's groups: before its entry is loaded, read, or stored.

use super::engine::CacheEngine;
use super::groups::Indexing;
use super::index::count_in;
use super::observed::{Glance, Observed};
use super::spec::CacheSpec;
use super::tag::{carried, version_in};
use super::target::Target;
use crate::backend::{Call, Command, Reply};
use crate::codec::envelope::{self, SectionsBuffer, Token, TooLong};
use crate::context::Question;
use crate::error::Result;
use crate::key::{IndexValue, Key, TagKey};

/// What an entry is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    /// To be answered: its tags must still be the same.
    ToAnswer,
    /// To join the load that is under way: nothing may have been invalidated since it began.
    ToJoin,
}

/// Whether an entry is as good as when it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Good,
    /// One of its tags or indexes was invalidated, or it lacks a tag that it should have.
    Outdated,
    /// It is good if these tags still have these versions.
    Ask(Vec<(TagKey, Token)>),
}

impl Target {
    /// Whether the entry may be listed by an index.
    pub(crate) fn indexing(&self) -> Indexing {
        self.groups
            .as_ref()
            .map_or(Indexing::No, |groups| groups.indexing)
    }

    /// Under what the entry is listed whatever its value is.
    pub(crate) fn listed(&self) -> Vec<IndexValue> {
        let groups = self.groups.as_ref();
        groups.map_or_else(Vec::new, |groups| groups.listed.clone())
    }

    pub(crate) fn has_tags(&self) -> bool {
        !self.tag_keys().is_empty()
    }

    /// The keys of the entry's tags.
    pub(crate) fn tag_keys(&self) -> &[TagKey] {
        self.groups.as_ref().map_or(&[], |groups| &groups.tag_keys)
    }

    /// Whether its invalidation waits for the server, so that it must not be read.
    pub(crate) fn awaits_invalidation(&self) -> bool {
        self.engine.pending().covers(self.key(), self.tag_keys())
    }

    /// What to ask before a load begins.
    pub(crate) fn observing(&self, spec: &CacheSpec) -> Vec<Question<'_>> {
        let mut questions = Vec::new();
        if self.indexing() == Indexing::Yes {
            questions.push(self.engine.indexes().count(self.key()));
        }
        questions.extend(self.tag_versions(spec));
        questions
    }

    /// What to ask of the tags before a load begins, or before a value is put.
    pub(crate) fn tag_versions(&self, spec: &CacheSpec) -> Vec<Question<'_>> {
        let tags = self.tag_keys().iter();
        tags.map(|tag| version_of(&self.engine, tag, spec))
            .collect()
    }

    /// What the answers to [`observing`](Self::observing) say.
    pub(crate) fn observed(&self, replies: Vec<Reply>) -> Result<Observed> {
        let mut replies = replies.into_iter();
        let count = match self.indexing() {
            Indexing::Yes => {
                let count = replies.next().unwrap_or(Reply::Nil);
                count_in(count.checked("index")?)?
            }
            Indexing::No => None,
        };
        Observed::new(count, replies)
    }

    /// The command that reads the entry, and with it what `aim` says.
    pub(crate) fn read_entry(&self, aim: Aim) -> Command {
        let counter = self.counter(aim);
        if counter.is_none() && !self.has_tags() {
            return Command::new("GET").arg(self.key()).with_others();
        }
        let tags = self.tag_keys();
        Command::new("MGET")
            .arg(self.key())
            .args(counter)
            .args(tags)
            .with_others()
    }

    /// What the answer to [`read_entry`](Self::read_entry) says.
    pub(crate) fn entry_in(&self, aim: Aim, reply: Reply) -> Result<(Option<Vec<u8>>, Glance)> {
        let counter = self.counter(aim);
        if counter.is_none() && !self.has_tags() {
            return Ok((reply.into_bytes("GET")?, Glance::default()));
        }
        let mut replies = reply.into_array("MGET")?.into_iter();
        let mut next = || replies.next().unwrap_or(Reply::Nil);
        let bytes = next().into_bytes("MGET")?;
        let count = match counter {
            Some(_) => count_in(next())?,
            None => None,
        };
        let versions = replies.map(version_in).collect::<Result<_>>()?;
        Ok((bytes, Glance::new(versions, count)))
    }

    /// Whoever only reads the entry has no need of the counter: what is stored is listed, and what
    /// is not good any more is gone.
    fn counter(&self, aim: Aim) -> Option<Key> {
        let is_read = aim == Aim::ToJoin && self.indexing() == Indexing::Yes;
        is_read.then(|| self.key().indexes().counter())
    }

    /// What the entry's tags make of what stands under the key, if their versions were read with
    /// it.
    pub(crate) fn verdict(&self, bytes: &[u8], glance: Option<&Glance>) -> Verdict {
        if self.engine.pending().covers_content(self.key(), bytes) {
            return Verdict::Outdated;
        }
        if !self.has_tags() && !envelope::has_tags(bytes) {
            return Verdict::Good;
        }
        // A lease is no entry; what cannot be read is found out by whoever reads it.
        let Some((_, sections)) = envelope::belongings(bytes, self.key().as_bytes()) else {
            return Verdict::Good;
        };
        let mut carried: Vec<(TagKey, Token)> = carried(sections, self.key()).collect();
        for (place, tag) in self.tag_keys().iter().enumerate() {
            let Some(found) = carried.iter().position(|(key, _)| key == tag) else {
                return Verdict::Outdated;
            };
            let Some(glance) = glance else { continue };
            let (_, version) = carried.swap_remove(found);
            if glance.versions.get(place) != Some(&Some(version)) {
                return Verdict::Outdated;
            }
        }
        if carried.is_empty() {
            Verdict::Good
        } else {
            Verdict::Ask(carried)
        }
    }

    /// Whether what stands under the key is as good as when it was stored.
    pub(crate) async fn holds(
        &self,
        bytes: &[u8],
        glance: Option<&Glance>,
        call: &Call,
    ) -> Result<bool> {
        match self.verdict(bytes, glance) {
            Verdict::Good => Ok(true),
            Verdict::Outdated => Ok(false),
            Verdict::Ask(tags) => self.engine.tags().all_hold(&tags, call).await,
        }
    }

    /// What an entry that is stored now carries.
    pub(crate) fn belonging(
        &self,
        listed: &[IndexValue],
        observed: &Observed,
    ) -> Result<SectionsBuffer, TooLong> {
        let mut sections = SectionsBuffer::default();
        for value in listed {
            sections.index(value.index(), value.value())?;
        }
        let tags = self.groups.iter().flat_map(|groups| &groups.tags);
        for (tag, version) in tags.zip(&observed.versions) {
            sections.tag(tag.as_bytes(), *version)?;
        }
        Ok(sections)
    }
}

/// Asks for the version of one tag, before a load of entries of this cache begins.
pub(crate) fn version_of<'engine>(
    engine: &'engine CacheEngine,
    tag: &TagKey,
    spec: &CacheSpec,
) -> Question<'engine> {
    let new = engine.leases().next_token();
    engine.tags().version(tag, new, spec.longest_life())
}
