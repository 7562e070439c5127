//! A walk through the entries of a group.

use std::collections::HashSet;

use super::Group;
use crate::backend::{Command, Reply};
use crate::cache::index::{Member, Walk};
use crate::cache::shape::CacheValue;
use crate::codec::envelope::{self, Envelope, Expectation, Token};
use crate::context::Question;
use crate::error::Result;
use crate::key::Key;

/// A walk through the entries of a group, a page at a time.
#[derive(Debug)]
pub(crate) struct GroupPages {
    group: Group,
    walk: Walk,
    seen: HashSet<Token>,
}

/// An entry that is stored.
#[derive(Debug)]
struct Row {
    key: Key,
    bytes: Vec<u8>,
}

impl Group {
    /// A walk through them.
    pub(crate) fn pages(self) -> GroupPages {
        GroupPages {
            walk: Walk::new(self.engine.context(), self.keys.clone(), &self.value),
            seen: HashSet::new(),
            group: self,
        }
    }

    /// The values of all of them.
    pub(crate) async fn values<V: CacheValue>(self) -> Result<Vec<V>> {
        let mut values = Vec::new();
        let mut pages = self.pages();
        while let Some(page) = pages.next::<V>().await? {
            values.extend(page.into_iter().map(|(_, value)| value));
        }
        Ok(values)
    }

    /// The keys of all of them.
    pub(crate) async fn keys(self) -> Result<Vec<String>> {
        let mut keys = Vec::new();
        let mut pages = self.pages();
        while let Some(rows) = pages.rows().await? {
            keys.extend(rows.iter().map(|row| row.key.to_string()));
        }
        Ok(keys)
    }
}

impl GroupPages {
    /// The keys and values of the next page; `None` after the last. What cannot be read is left
    /// out, as it would be a miss.
    pub(crate) async fn next<V: CacheValue>(&mut self) -> Result<Option<Vec<(Key, V)>>> {
        let Some(rows) = self.rows().await? else {
            return Ok(None);
        };
        let spec = &self.group.spec;
        let expected = Expectation {
            codec: spec.codec,
            fingerprint: spec.fingerprint(),
            max_bytes: self.group.engine.context().limits().max_value_bytes,
        };
        let read = |row: Row| match envelope::read(&row.bytes, row.key.as_bytes(), expected) {
            Ok(Envelope::Value { payload, .. }) => {
                let value = spec.codec.read(payload)?;
                Some((row.key, value))
            }
            _ => None,
        };
        Ok(Some(rows.into_iter().filter_map(read).collect()))
    }

    /// The entries of the next page, each verified against its member.
    async fn rows(&mut self) -> Result<Option<Vec<Row>>> {
        let context = self.group.engine.context();
        let Some(question) = self.walk.question(context) else {
            return Ok(None);
        };
        let page = self.group.ask(&[question]).await?;
        let page = page.into_iter().next().unwrap_or(Reply::Nil);
        let mut members = self.walk.read(context, page)?;
        members.retain(|member| self.seen.insert(member.token));
        if members.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let keys = members.iter().map(|member| &member.key);
        let get = Question::Command(Command::new("MGET").args(keys));
        let reply = self.group.ask(&[get]).await?.pop().unwrap_or(Reply::Nil);
        let held = reply.checked("MGET")?.into_array("MGET")?;
        let mut rows = Vec::new();
        let mut dead = Vec::new();
        for (member, held) in members.into_iter().zip(held) {
            let held = held.into_bytes("MGET")?;
            match State::of(&member, held.as_deref()) {
                State::Stored => rows.push(Row {
                    key: member.key,
                    bytes: held.unwrap_or_default(),
                }),
                State::Loading => {}
                State::Dead => dead.push((self.walk.set.as_bytes().to_vec(), member.to_bytes())),
            }
        }
        let engine = &self.group.engine;
        rows.retain(|row| !engine.pending().covers_found(&row.key, &row.bytes));
        engine
            .indexes()
            .strike(dead.into_iter(), &self.group.call())
            .await;
        let entries = rows.iter().map(|row| (&row.key, row.bytes.as_slice()));
        let mut holds = engine
            .tags()
            .hold(entries, &self.group.call())
            .await?
            .into_iter();
        rows.retain(|_| holds.next().unwrap_or(false));
        Ok(Some(rows))
    }
}

/// What has become of a member.
enum State {
    /// Its entry is there.
    Stored,
    /// Its lease is there.
    Loading,
    /// Neither: it can be taken off.
    Dead,
}

impl State {
    fn of(member: &Member, held: Option<&[u8]>) -> Self {
        let Some(held) = held else {
            return Self::Dead;
        };
        let key = member.key.as_bytes();
        if envelope::lease_token(held, key) == Some(member.token) {
            return Self::Loading;
        }
        match envelope::belongings(held, key) {
            Some((token, _)) if token == member.token => Self::Stored,
            _ => Self::Dead,
        }
    }
}
