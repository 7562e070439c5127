//! What can be done with many entries by hand, each in as few round trips as with one.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;

use super::call::BatchCall;
use super::look::Look;
use super::observing::Observing;
use crate::backend::{Atomicity, Backend, Call, Command, Pipeline, Resend};
use crate::cache::belonging::{Aim, Verdict};
use crate::cache::call::CacheCall;
use crate::cache::engine::CacheEngine;
use crate::cache::groups::Indexing;
use crate::cache::invalidating::{self, attempt_all};
use crate::cache::local::InvalidationToken;
use crate::cache::observed::Observed;
use crate::cache::removal::remove_keys;
use crate::cache::shape::CacheValue;
use crate::cache::stored::{Provenance, Stored};
use crate::cache::target::Target;
use crate::cache::verbs::{Given, refused};
use crate::cache::written::Written;
use crate::context::Question;
use crate::error::Result;
use crate::key::Key;
use crate::length::millis;

/// All of it once it is known what is asked of which keys: see [`BatchCall::apart`].
impl<K> BatchCall<K> {
    /// The keys under which the backend has them.
    pub(crate) fn keys(&self) -> Result<Vec<String>> {
        let keys = self
            .targets()?
            .iter()
            .map(|target| target.key().to_string());
        Ok(keys.collect())
    }

    /// The values that are stored, each in the place of its id.
    pub(crate) async fn peek<T: CacheValue>(&self) -> Result<Vec<Option<T>>> {
        let targets = self.targets()?;
        let Some(first) = targets.first() else {
            return Ok(Vec::new());
        };
        let (engine, context) = (&first.engine, first.engine.context());
        let call = context.command_call(Resend::Idempotent);
        let look = Look::at(targets.iter().map(|it| (it, Aim::ToAnswer)).collect());
        let questions: Vec<_> = look.commands().into_iter().map(Question::Command).collect();
        let replies = context.ask(&questions, &call).await?;
        let sights = look.seen(replies.into_iter())?;
        let verdict = |(target, (bytes, glance)): (&Target, &(Option<Vec<u8>>, _))| {
            let bytes = bytes.as_deref()?;
            Some(target.verdict(bytes, Some(glance)))
        };
        let verdicts: Vec<_> = targets.iter().zip(&sights).map(verdict).collect();
        let doubtful = targets.iter().zip(&sights).zip(&verdicts);
        let doubtful = doubtful.filter(|(_, verdict)| matches!(verdict, Some(Verdict::Ask(_))));
        let entries: Vec<_> = doubtful
            .map(|((target, (bytes, _)), _)| (target.key(), bytes.as_deref().unwrap_or_default()))
            .collect();
        let holds = match entries.len() {
            0 => Vec::new(),
            _ => engine.tags().hold(entries.into_iter(), &call).await?,
        };
        let mut holds = holds.into_iter();
        let mut values = Vec::with_capacity(targets.len());
        for ((target, (bytes, _)), verdict) in targets.iter().zip(&sights).zip(verdicts) {
            let is_good = match verdict {
                Some(Verdict::Good) => true,
                Some(Verdict::Ask(_)) => holds.next().unwrap_or(false),
                Some(Verdict::Outdated) | None => false,
            };
            // What an invalidation is to remove that waits for the server is as good as removed.
            let is_pending = target.awaits_invalidation();
            let bytes = bytes.as_deref().filter(|_| is_good && !is_pending);
            let stored = Stored::new(&self.spec, target);
            values.push(bytes.and_then(|bytes| stored.read_value(bytes)));
        }
        Ok(values)
    }

    /// Stores these values in the place of what is there, each in the place of its id, and voids
    /// the loads that are under way.
    pub(crate) async fn put(&self, given: Vec<Given>) -> Result<()> {
        let targets = self.targets()?;
        let Some(first) = targets.first() else {
            return Ok(());
        };
        if first.indexing() == Indexing::Yes {
            let puts = targets.iter().zip(given).map(|(target, given)| async {
                let call = CacheCall::new(self.spec.clone(), Ok(target.clone()), self.demand);
                call.put(given).await
            });
            return try_join_all(puts).await.map(drop);
        }
        let namespace = self.spec.namespace;
        for value in &given {
            let refused = value.payload.as_ref().err().cloned();
            if let Some(error) = refused {
                return Err(error.with("namespace", namespace));
            }
        }
        let engine = &first.engine;
        let context = engine.context();
        context.hear_server_time().await?;
        let names = targets.iter().map(|target| target.key().as_bytes());
        let _turn = engine.pending().turn_to_put(names).await;
        let began = engine.pending().now();
        let keys = covered(targets);
        let call = context.command_call(Resend::Idempotent);
        let once = Call {
            resend: Resend::Never,
            ..call
        };
        let changed = context
            .backend()
            .try_anew(&call, |_| self.put_once(targets, &given, engine, once));
        let written = engine.local().change(&keys, changed).await?;
        for (target, written) in targets.iter().zip(written) {
            // Of an invalidation that waits and of a value that was put later, the value is what
            // was meant last.
            engine.pending().settle(target.key().as_bytes(), began);
            engine.foresight().saw(target.key(), written.lives());
        }
        Ok(())
    }

    /// A try that fails is made anew, with other tokens: see [`put`](crate::cache::put::put).
    async fn put_once(
        &self,
        targets: &[Target],
        given: &[Given],
        engine: &CacheEngine,
        call: Call,
    ) -> Result<Vec<Written>> {
        let context = engine.context();
        let observing = Observing::of(targets.iter().collect());
        let questions: Vec<_> = observing.questions(engine, &self.spec).collect();
        let replies = match questions.len() {
            0 => Vec::new(),
            _ => context.ask(&questions, &call).await?,
        };
        let mut written = Vec::with_capacity(targets.len());
        for ((target, given), observed) in
            targets.iter().zip(given).zip(observing.observed(replies))
        {
            written.push(self.write(target, given, observed?)?);
        }
        let mut change = Pipeline::new(Atomicity::Independent);
        for (target, written) in targets.iter().zip(&written) {
            let others = target.key().covered_versions().skip(1);
            change =
                change.then(others.fold(Command::new("UNLINK"), |unlink, key| unlink.arg(&key)));
            let mut set = Command::new("SET").arg(target.key()).arg(&written.envelope);
            if let Some(lives) = written.lives() {
                set = set.arg("PX").arg(millis(lives));
            }
            change = change.then(set);
        }
        for reply in context.backend().pipeline(&change, &call).await? {
            reply.checked("SET")?;
        }
        Ok(written)
    }

    fn write(&self, target: &Target, given: &Given, observed: Observed) -> Result<Written> {
        let provenance = Provenance {
            token: target.engine.leases().next_token(),
            cost: Duration::ZERO,
            observed: Arc::new(observed),
        };
        let payload = given.payload.as_deref().unwrap_or_default();
        let stored = Stored::new(&self.spec, target);
        let (ttl, listed) = (Some(given.ttl), given.listed.clone());
        let written = stored.write_payload(payload, given.presence, ttl, &provenance, listed);
        written.map_err(|event| refused("put", self.spec.namespace, event))
    }

    /// Removes what is there and voids the loads that are under way. If the server is away, that is
    /// queued.
    pub(crate) async fn invalidate(&self) -> Result<InvalidationToken> {
        let targets = self.targets()?;
        let Some(first) = targets.first() else {
            // Whatever was read is younger than an invalidation of nothing.
            return Ok(InvalidationToken::at(0));
        };
        if first.indexing() == Indexing::Yes {
            let each = targets
                .iter()
                .map(|target| invalidating::invalidate(target, &self.spec));
            let tokens = try_join_all(each).await?;
            let latest = tokens.into_iter().max();
            return Ok(latest.unwrap_or(InvalidationToken::UNKNOWN));
        }
        let subjects = targets
            .iter()
            .map(|target| invalidating::entry(target, &self.spec));
        attempt_all(
            &first.engine,
            subjects.collect(),
            remove(&first.engine, targets),
        )
        .await
    }

    fn targets(&self) -> Result<&[Target]> {
        self.targets.as_deref().map_err(Clone::clone)
    }
}

/// Tells the server that these entries, which no index lists, are invalidated.
async fn remove(engine: &CacheEngine, targets: &[Target]) -> Result<InvalidationToken> {
    let removed = remove_keys(engine, &covered(targets), Indexing::No).await?;
    for target in targets {
        engine.foresight().missed(target.key());
    }
    Ok(removed)
}

/// The keys that an invalidation of these covers.
fn covered(targets: &[Target]) -> Vec<Key> {
    let of_each = targets.iter().map(|target| target.key().covered_versions());
    of_each.flatten().collect()
}
