//! Tags: groups of entries that are invalidated together, however many they are.
//!
//! A tag is a key with a version. An entry carries the versions that its tags had before its load
//! began, and is good for as long as they are still the same (`docs/decisions/0006-tags.md`).
//! Whoever removes the key of a tag has invalidated it: the next load makes a version that no tag
//! ever had.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::local::InvalidationToken;
use crate::backend::{Atomicity, Backend, Call, Command, Pipeline, Reply, Resend, Script};
use crate::codec::envelope::{self, Sections, Token};
use crate::context::{Context, Question};
use crate::error::Result;
use crate::key::{Key, Tag, TagKey};
use crate::length::{millis, sum};

/// By how much a version outlives the entries that carry it, so that those of slow loads are
/// covered too.
const MARGIN: Duration = Duration::from_hours(1);

/// How many versions one command reads.
const PAGE: usize = 512;

/// The tags of one Larder.
#[derive(Debug)]
pub(crate) struct Tags {
    context: Arc<Context>,
    version: Script,
}

impl Tags {
    /// The tags on this ground.
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self {
            context,
            version: Script::new(include_str!("version.lua")),
        }
    }

    /// Invalidates every entry with this tag, and every load of one that is under way.
    pub(crate) async fn invalidate(&self, tag: &TagKey) -> Result<InvalidationToken> {
        // The time comes last: whatever was read later by the server's clock was read after the
        // removal.
        let change = Pipeline::new(Atomicity::Independent)
            .then(Command::new("UNLINK").arg(tag))
            .then(Command::new("TIME"));
        let call = self.context.command_call(Resend::Idempotent);
        let replies = self.context.backend().pipeline(&change, &call).await?;
        let mut replies = replies.into_iter();
        replies.next().unwrap_or(Reply::Nil).checked("UNLINK")?;
        let time = replies.next();
        let time = time.map(|reply| self.context.server_time().hear(reply));
        // It is invalidated, whether the server tells the time or not.
        Ok(match time {
            Some(Ok(micros)) => InvalidationToken::at(micros),
            _ => InvalidationToken::UNKNOWN,
        })
    }

    /// Asks for the version of a tag before a load begins, whose entry will live so long at most;
    /// `None` if it has no end.
    pub(crate) fn version(
        &self,
        tag: &TagKey,
        new: Token,
        lives: Option<Duration>,
    ) -> Question<'_> {
        let lives = lives.map_or(0, |lives| millis(sum(lives, MARGIN)));
        let version = self.version.on(&[tag]).arg(new.as_bytes().as_slice());
        Question::Script(version.arg(lives))
    }

    /// Which of these entries are as good as when they were stored. Asks in one round trip, and not
    /// at all if none has a tag.
    pub(crate) async fn hold(
        &self,
        entries: impl Iterator<Item = (&Key, &[u8])>,
        call: &Call,
    ) -> Result<Vec<bool>> {
        let carried: Vec<Vec<(TagKey, Token)>> = entries
            .map(
                |(key, bytes)| match envelope::belongings(bytes, key.as_bytes()) {
                    Some((_, sections)) => carried(sections, key).collect(),
                    None => Vec::new(),
                },
            )
            .collect();
        let mut present = HashMap::new();
        for (tag, _) in carried.iter().flatten() {
            present.insert(tag.clone(), None);
        }
        let tags: Vec<TagKey> = present.keys().cloned().collect();
        for page in tags.chunks(PAGE) {
            for (tag, version) in page.iter().zip(self.versions(page, call).await?) {
                present.insert(tag.clone(), version);
            }
        }
        let holds = |tags: &Vec<(TagKey, Token)>| {
            tags.iter()
                .all(|(tag, version)| present.get(tag) == Some(&Some(*version)))
        };
        Ok(carried.iter().map(holds).collect())
    }

    /// Whether all of these still have these versions.
    pub(crate) async fn all_hold(&self, tags: &[(TagKey, Token)], call: &Call) -> Result<bool> {
        let keys: Vec<TagKey> = tags.iter().map(|(tag, _)| tag.clone()).collect();
        let found = self.versions(&keys, call).await?;
        let wanted = tags.iter().map(|(_, version)| Some(*version));
        Ok(wanted.eq(found))
    }

    async fn versions(&self, tags: &[TagKey], call: &Call) -> Result<Vec<Option<Token>>> {
        let get = Command::new("MGET").args(tags);
        let reply = self.context.backend().run(&get, call).await?;
        reply
            .into_array("MGET")?
            .into_iter()
            .map(version_in)
            .collect()
    }
}

/// The tags that an entry carries, by their keys.
pub(crate) fn carried<'e>(
    sections: Sections<'e>,
    entry: &'e Key,
) -> impl Iterator<Item = (TagKey, Token)> + 'e {
    let tags = sections.tags();
    tags.map(|(tag, version)| (Tag::from_bytes(tag).beside(entry), version))
}

/// The version in a reply, if there is one. Whatever else stands there is no version of ours.
pub(crate) fn version_in(reply: Reply) -> Result<Option<Token>> {
    let bytes = reply.into_bytes("tag")?;
    let version = bytes.and_then(|bytes| <[u8; Token::LENGTH]>::try_from(bytes).ok());
    Ok(version.map(Token::new))
}
