//! One look at many entries, and at what they belong to.
//!
//! It is made of plain `MGET`s, as large as a server answers without holding up others: no script
//! has to run to read, and whoever sends commands to a cluster can take an `MGET` apart by slots.

use std::collections::HashMap;

use crate::backend::{Command, Reply};
use crate::cache::belonging::Aim;
use crate::cache::groups::Indexing;
use crate::cache::index::count_in;
use crate::cache::observed::Glance;
use crate::cache::tag::version_in;
use crate::cache::target::Target;
use crate::error::Result;
use crate::key::{Key, TagKey};

/// How many keys one command is about.
const PAGE: usize = 512;

/// A look at these entries, each with what it is looked at for.
pub(super) struct Look<'call> {
    entries: Vec<(&'call Target, Aim)>,
    /// How often the indexes of the namespace were invalidated; read if somebody wants to know.
    counter: Option<Key>,
    /// The tags of all entries, each once.
    tags: Vec<&'call TagKey>,
    places: HashMap<&'call TagKey, usize>,
}

/// What was seen of one entry.
pub(super) type Sight = (Option<Vec<u8>>, Glance);

impl<'call> Look<'call> {
    pub(super) fn at(entries: Vec<(&'call Target, Aim)>) -> Self {
        let joins =
            |entry: &&(&Target, Aim)| entry.1 == Aim::ToJoin && entry.0.indexing() == Indexing::Yes;
        let counter = entries.iter().find(joins);
        let counter = counter.map(|(target, _)| target.key().indexes().counter());
        let mut tags = Vec::new();
        let mut places = HashMap::new();
        for (target, _) in &entries {
            for tag in target.tag_keys() {
                places.entry(tag).or_insert_with(|| {
                    tags.push(tag);
                    tags.len() - 1
                });
            }
        }
        Self {
            entries,
            counter,
            tags,
            places,
        }
    }

    /// What to send. The entries come first: what is known of their groups is never older than they
    /// are.
    pub(super) fn commands(&self) -> Vec<Command> {
        let keys = self
            .entries
            .iter()
            .map(|(target, _)| target.key().as_bytes());
        let counter = self.counter.iter().map(Key::as_bytes);
        let tags = self.tags.iter().map(|tag| tag.as_bytes());
        let words: Vec<&[u8]> = keys.chain(counter).chain(tags).collect();
        let pages = words.chunks(PAGE);
        pages
            .map(|page| Command::new("MGET").args(page.iter().copied()))
            .collect()
    }

    /// What the replies say of each entry, in order.
    pub(super) fn seen(self, replies: impl Iterator<Item = Reply>) -> Result<Vec<Sight>> {
        let mut found = Vec::with_capacity(self.entries.len());
        for reply in replies {
            found.extend(reply.checked("MGET")?.into_array("MGET")?);
        }
        let mut found = found.into_iter();
        let mut next = || found.next().unwrap_or(Reply::Nil);
        let held: Vec<_> = self.entries.iter().map(|_| next()).collect();
        let count = match self.counter {
            Some(_) => count_in(next())?,
            None => None,
        };
        let versions = self.tags.iter().map(|_| version_in(next()));
        let versions: Vec<_> = versions.collect::<Result<_>>()?;
        let mut sights = Vec::with_capacity(held.len());
        for ((target, aim), held) in self.entries.iter().zip(held) {
            let of_tags = target.tag_keys().iter();
            let of_tags = of_tags.map(|tag| self.places.get(tag).and_then(|at| versions[*at]));
            let wants_count = *aim == Aim::ToJoin && target.indexing() == Indexing::Yes;
            let glance = Glance::new(of_tags.collect(), count.filter(|_| wants_count));
            sights.push((held.into_bytes("MGET")?, glance));
        }
        Ok(sights)
    }
}
