//! What the server is told of a group that is invalidated.

use std::sync::Arc;

use super::Group;
use crate::backend::Reply;
use crate::cache::index::{Counter, Member, Retired, Walk, count_in};
use crate::error::Result;
use crate::key::{IndexKeys, Key};

impl Group {
    /// Tells the server that they are invalidated. Copies of this process go by what they were
    /// listed under when they were read: the server may have listed their entries elsewhere since.
    pub(crate) async fn remove_all(self) -> Result<u64> {
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
            let walk = Walk::new(self.engine.context(), keys, &self.value);
            if let Some(count) = count {
                questions.push(self.engine.indexes().mark(&walk.set, count));
            }
            walks.push(walk);
        }
        for reply in self.ask(&questions).await? {
            reply.checked("index")?;
        }
        let mut removed = 0;
        let context = self.engine.context();
        for walk in &mut walks {
            while let Some(question) = walk.question(context) {
                let page = self.ask(&[question]).await?.pop().unwrap_or(Reply::Nil);
                let members = walk.read(context, page)?;
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
}
