//! What must be known of the groups of many entries before their loads begin: each group is asked
//! once.

use std::collections::HashMap;

use crate::backend::Reply;
use crate::cache::belonging::version_of;
use crate::cache::engine::CacheEngine;
use crate::cache::groups::Indexing;
use crate::cache::observed::Observed;
use crate::cache::spec::CacheSpec;
use crate::cache::target::Target;
use crate::context::Question;
use crate::error::Result;
use crate::key::TagKey;

/// The questions about the groups of these entries.
pub(super) struct Observing<'call> {
    entries: Vec<&'call Target>,
    /// One whose indexes are counted, as are those of all others: they are of one namespace.
    indexed: Option<&'call Target>,
    tags: Vec<&'call TagKey>,
    places: HashMap<&'call TagKey, usize>,
}

impl<'call> Observing<'call> {
    pub(super) fn of(entries: Vec<&'call Target>) -> Self {
        let is_indexed = |target: &&&Target| target.indexing() == Indexing::Yes;
        let indexed = entries.iter().find(is_indexed).copied();
        let mut tags = Vec::new();
        let mut places = HashMap::new();
        for tag in entries.iter().flat_map(|target| target.tag_keys()) {
            places.entry(tag).or_insert_with(|| {
                tags.push(tag);
                tags.len() - 1
            });
        }
        Self {
            entries,
            indexed,
            tags,
            places,
        }
    }

    /// What to ask.
    pub(super) fn questions(
        &self,
        engine: &'call CacheEngine,
        spec: &CacheSpec,
    ) -> impl Iterator<Item = Question<'call>> {
        let count = self
            .indexed
            .map(|target| engine.indexes().count(target.key()));
        let versions = self.tags.iter().map(|tag| version_of(engine, tag, spec));
        count.into_iter().chain(versions)
    }

    /// What the answers say of each entry.
    pub(super) fn observed(self, replies: Vec<Reply>) -> impl Iterator<Item = Result<Observed>> {
        let of_tags = usize::from(self.indexed.is_some());
        self.entries.into_iter().map(move |target| {
            let count = match target.indexing() {
                Indexing::Yes => replies.first().cloned(),
                Indexing::No => None,
            };
            let at = target.tag_keys().iter().map(|tag| self.places.get(tag));
            let version = |at: Option<&usize>| replies.get(of_tags + at?).cloned();
            let versions = at.map(|at| version(at).unwrap_or(Reply::Nil));
            target.observed(count.into_iter().chain(versions).collect())
        })
    }
}
