//! What an entry belongs to: its tags and the lists of indexes that it is on, and what was seen of
//! them before its load began.

use std::time::Duration;

use super::call::Target;
use super::engine::CacheEngine;
use super::index::{IndexValues, count_in};
use super::spec::CacheSpec;
use super::tag::{carried, version_in};
use super::ttl::Ttl;
use crate::backend::{Call, Command, Reply};
use crate::codec::envelope::{self, SectionsBuffer, Token, TooLong};
use crate::context::Question;
use crate::error::Result;
use crate::key::{CacheKey, IndexValue, Key, Tag, TagKey};

/// What a call knows of its entry's groups before there is a value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Groups {
    tags: Vec<Tag>,
    /// Known when it is known whose they are.
    tag_keys: Vec<TagKey>,
    listed: Vec<IndexValue>,
    indexing: Indexing,
}

/// Whether the function has indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Indexing {
    #[default]
    No,
    Yes,
}

/// What an entry is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    /// To be answered: its tags must still be the same.
    ToAnswer,
    /// To join the load that is under way: nothing may have been invalidated since it began.
    ToJoin,
}

/// What was read of the groups before a load began: what the load may be stored under.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Observed {
    versions: Vec<Token>,
    count: Option<u64>,
}

/// The same, read without making what is not there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Glance {
    versions: Vec<Option<Token>>,
    count: Option<u64>,
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

impl Groups {
    /// The entry has this tag.
    pub(crate) fn tag(&mut self, tag: Tag) {
        if !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
    }

    /// The groups of this entry.
    pub(super) fn settle(&mut self, entry: &Key) {
        self.tag_keys = self.tags.iter().map(|tag| tag.beside(entry)).collect();
    }

    /// The entry is listed under this value.
    pub(crate) fn list<K: CacheKey + ?Sized>(&mut self, index: &'static str, value: &K) {
        let mut values = IndexValues::default();
        values.of(index).value(value);
        self.list_all(values);
    }

    /// The entry is listed under these values.
    pub(crate) fn list_all(&mut self, values: IndexValues) {
        self.indexing = Indexing::Yes;
        for value in values.into_found() {
            if !self.listed.contains(&value) {
                self.listed.push(value);
            }
        }
    }

    /// The function has indexes, whether or not this entry is listed.
    pub(crate) fn indexed(&mut self) {
        self.indexing = Indexing::Yes;
    }
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
        let mut observed = Observed::default();
        if self.indexing() == Indexing::Yes {
            let count = replies.next().unwrap_or(Reply::Nil).checked("index")?;
            observed.count = count_in(count)?;
        }
        observed.versions = versions_in(replies)?;
        Ok(observed)
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
        Ok((bytes, Glance { versions, count }))
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

impl Observed {
    /// What the answers to [`Target::tag_versions`] say.
    pub(crate) fn of_tags(replies: Vec<Reply>) -> Result<Self> {
        Ok(Self {
            versions: versions_in(replies.into_iter())?,
            count: None,
        })
    }

    /// What a look at the same moment would have seen.
    pub(crate) fn glance(&self) -> Glance {
        Glance {
            versions: self.versions.iter().copied().map(Some).collect(),
            count: self.count,
        }
    }

    /// How often the indexes had been invalidated.
    pub(crate) fn count(&self) -> Option<u64> {
        self.count
    }
}

impl Glance {
    /// A look at which the tags had these versions, and the indexes this count if it was asked for.
    pub(crate) fn new(versions: Vec<Option<Token>>, count: Option<u64>) -> Self {
        Self { versions, count }
    }

    /// Whether nothing was invalidated since that was observed.
    pub(crate) fn confirms(&self, observed: &Observed) -> bool {
        *self == observed.glance()
    }
}

/// Asks for the version of one tag, before a load of entries of this cache begins.
pub(crate) fn version_of<'engine>(
    engine: &'engine CacheEngine,
    tag: &TagKey,
    spec: &CacheSpec,
) -> Question<'engine> {
    let new = engine.leases().next_token();
    engine.tags().version(tag, new, longest_life(spec))
}

/// How long an entry of this cache lives at most; `None` if one may have no end.
pub(super) fn longest_life(spec: &CacheSpec) -> Option<Duration> {
    let of_value = spec.staleness.lengthen(spec.ttl);
    let ttls = [Some(of_value), spec.none_ttl, spec.err_ttl];
    ttls.into_iter().flatten().max().and_then(Ttl::duration)
}

fn versions_in(replies: impl Iterator<Item = Reply>) -> Result<Vec<Token>> {
    let version = |reply: Reply| {
        let reply = reply.checked("tag")?;
        let wanted = "the version of a tag";
        version_in(reply)?.ok_or_else(|| Reply::Nil.unexpected("tag", wanted))
    };
    replies.map(version).collect()
}
