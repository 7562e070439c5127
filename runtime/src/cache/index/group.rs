//! All entries with one value of an index: to read, to name, to invalidate.

use std::collections::HashSet;
use std::sync::Arc;

use super::engine::{Counter, Retired, Sight};
use super::members::Member;
use super::pages::Walk;
use crate::backend::{Call, Command, Reply, Resend};
use crate::cache::declaration::Declaration;
use crate::cache::engine::CacheEngine;
use crate::cache::pending::{Subject, attempt};
use crate::cache::shape::CacheValue;
use crate::codec::envelope::{self, Envelope, Expectation, Token};
use crate::context::Question;
use crate::error::Result;
use crate::key::{IndexKeys, IndexValue, Key};

/// The entries with one value of an index.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    engine: Arc<CacheEngine>,
    spec: Declaration,
    keys: IndexKeys,
    value: IndexValue,
    sight: Sight,
}

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
    /// The entries of this cache with this value.
    pub(crate) fn new(
        engine: &Arc<CacheEngine>,
        spec: Declaration,
        keys: IndexKeys,
        value: IndexValue,
        sight: Sight,
    ) -> Self {
        Self {
            engine: Arc::clone(engine),
            spec,
            keys,
            value,
            sight,
        }
    }

    /// A walk through them.
    pub(crate) fn pages(self) -> GroupPages {
        GroupPages {
            walk: Walk::new(self.keys.clone(), &self.value),
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

    /// Removes them all and voids the loads that would become some of them; answers how many
    /// entries and loads that were. If the server is away, it is queued.
    pub(crate) async fn invalidate(self) -> Result<u64> {
        let engine = Arc::clone(&self.engine);
        let subject = Subject::Group {
            keys: self.keys.clone(),
            value: self.value.clone(),
            sight: self.sight,
            spec: self.spec.clone(),
        };
        attempt(&engine, subject, self.remove_all()).await
    }

    /// Tells the server that they are invalidated. Copies of this process go by what they were
    /// listed under when they were read: the server may have listed their entries elsewhere since.
    pub(in crate::cache) async fn remove_all(self) -> Result<u64> {
        let covered: Vec<IndexKeys> = self.keys.covered_versions().collect();
        let sets: Vec<Key> = covered.iter().map(|keys| keys.set(&self.value)).collect();
        let engine = Arc::clone(&self.engine);
        // Boxed: a future that is handed over is kept twice, and this one is large.
        let removed = Box::pin(self.remove_from(covered));
        engine.local().change_groups(&sets, removed).await
    }

    async fn remove_from(self, covered: Vec<IndexKeys>) -> Result<u64> {
        let counts = self.raise(&covered).await?;
        // First every mark, so that no load that began before is listed behind our back.
        let mut walks = Vec::new();
        let mut questions = Vec::new();
        for (keys, count) in covered.into_iter().zip(counts) {
            let walk = Walk::new(keys, &self.value);
            if let Some(count) = count {
                questions.push(self.engine.indexes().mark(&walk.set, count));
            }
            walks.push(walk);
        }
        for reply in self.ask(&questions).await? {
            reply.checked("index")?;
        }
        let mut removed = 0;
        for walk in &mut walks {
            while let Some(question) = walk.question() {
                let page = self.ask(&[question]).await?.pop().unwrap_or(Reply::Nil);
                let members = walk.read(page)?;
                removed += self.discard(&walk.set, members).await?;
            }
        }
        Ok(removed)
    }

    /// Counts the invalidation in every version that it covers. A version beside ours without a
    /// counter has no load under way that a mark would have to stop.
    async fn raise(&self, covered: &[IndexKeys]) -> Result<Vec<Option<u64>>> {
        let indexes = self.engine.indexes();
        let made = std::iter::once(Counter::Make).chain(std::iter::repeat(Counter::Leave));
        let raises = covered.iter().zip(made);
        let raises: Vec<_> = raises
            .map(|(keys, made)| indexes.raise(&keys.counter(), made))
            .collect();
        let replies = self.ask(&raises).await?.into_iter();
        replies
            .map(|reply| count_in(reply.checked("index")?))
            .collect()
    }

    /// Removes the entries of these members, and takes them off every list that they are on.
    async fn discard(&self, set: &Key, members: Vec<Member>) -> Result<u64> {
        if members.is_empty() {
            return Ok(0);
        }
        let indexes = self.engine.indexes();
        let questions: Vec<_> = members
            .iter()
            .map(|member| indexes.discard(member, self.sight))
            .collect();
        let mut removed = 0;
        let mut struck = Vec::new();
        let keys: Vec<Key> = members.iter().map(|member| member.key.clone()).collect();
        let discarded = self.engine.local().change(&keys, self.ask(&questions));
        for (member, reply) in members.iter().zip(discarded.await?) {
            self.engine.foresight().missed(&member.key);
            struck.push((set.as_bytes().to_vec(), member.to_bytes()));
            match reply {
                Reply::Int(found) => removed += u64::from(found != 0),
                Reply::Bulk(bytes) => {
                    removed += 1;
                    let retired = Retired::of(&bytes, &member.key).into_iter();
                    struck.extend(retired.flat_map(Retired::members));
                }
                // Something else stands under the key, which is no business of ours.
                Reply::Error(error) if error.code() == "WRONGTYPE" => {}
                reply => {
                    reply.checked("index")?;
                }
            }
        }
        indexes.strike(struck.into_iter(), &self.call()).await;
        Ok(removed)
    }

    async fn ask(&self, questions: &[Question<'_>]) -> Result<Vec<Reply>> {
        let call = self.call();
        if questions.is_empty() {
            return Ok(Vec::new());
        }
        self.engine.context().ask(questions, &call).await
    }

    /// Everything here may be done twice.
    fn call(&self) -> Call {
        self.engine.context().command_call(Resend::Idempotent)
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
        let Some(question) = self.walk.question() else {
            return Ok(None);
        };
        let page = self.group.ask(&[question]).await?;
        let mut members = self
            .walk
            .read(page.into_iter().next().unwrap_or(Reply::Nil))?;
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

/// The count in a reply, if there is one.
pub(crate) fn count_in(reply: Reply) -> Result<Option<u64>> {
    let Some(digits) = reply.into_bytes("index")? else {
        return Ok(None);
    };
    let count = std::str::from_utf8(&digits)
        .ok()
        .and_then(|digits| digits.parse().ok());
    match count {
        Some(count) => Ok(Some(count)),
        None => Err(Reply::Nil.unexpected("index", "a count")),
    }
}
