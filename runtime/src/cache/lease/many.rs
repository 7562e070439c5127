//! Leases on many keys: every question is about one key, and all of them travel together.
//!
//! The keys of a batch live in as many slots of a cluster as there are keys, so no script may be
//! about two of them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Context as Task;
use std::time::Duration;

use futures_util::future::join_all;

use super::{Acquired, Digest, Filled, Lease, Leases};
use crate::backend::{Call, Reply, Resend};
use crate::cache::index::{Listed, Retired};
use crate::cache::observed::Observed;
use crate::cache::written::Written;
use crate::context::{Budget, Question};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::length::millis_at_least_one;

/// Leases that are asked for together. Dropping them gives back those that were got.
#[derive(Debug)]
pub(crate) struct Asked(Vec<Lease>);

/// One of the loads of a batch, whose body has returned.
#[derive(Debug)]
pub(crate) struct Settled<'load> {
    /// `None` if there never was one.
    lease: Option<&'load mut Lease>,
    /// What is to be stored; `None` if nothing is.
    written: Option<&'load Written>,
    /// What has become of it, once that is known.
    pub(crate) filled: Option<Result<Filled>>,
}

/// Keeps all leases of a load alive while its body runs; made at the first pause, like
/// [`Renewal`](super::Renewal).
#[derive(Default)]
pub(crate) struct RenewalOfMany(Option<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Leases {
    /// Leases on these keys, to be asked for. They exist before anything is sent: should the caller
    /// be dropped while it waits, they are given back.
    pub(crate) fn ask_for<'key>(
        self: &Arc<Self>,
        keys: impl Iterator<Item = &'key Key>,
        life: Duration,
    ) -> Asked {
        Asked(
            keys.map(|key| Lease::new(Arc::clone(self), key.clone(), life))
                .collect(),
        )
    }

    /// Writes what was loaded under leases that are still there, and gives back those under which
    /// nothing is stored: one round trip, and one before it if indexes list the values.
    pub(crate) async fn settle(&self, loads: &mut [Settled<'_>], budget: &mut Budget<'_>) {
        self.list_all(loads, budget).await;
        let questions: Vec<_> = loads.iter().filter_map(Settled::question).collect();
        if questions.is_empty() {
            return;
        }
        let replies = budget
            .spend(async |call| self.context.ask(&questions, &call).await)
            .await;
        drop(questions);
        let mut replies = replies.map(Vec::into_iter);
        let mut voided = Vec::new();
        for load in loads.iter_mut().filter(|load| load.question().is_some()) {
            load.take(match &mut replies {
                Ok(replies) => Ok(replies.next().unwrap_or(Reply::Nil)),
                Err(error) => Err(error.clone()),
            });
            voided.extend(load.voided());
        }
        let members = voided.into_iter().flat_map(Retired::members);
        budget
            .spend(async |call| self.indexes.strike(members, &call).await)
            .await;
    }

    /// Lists the values of those that indexes list, side by side.
    async fn list_all(&self, loads: &mut [Settled<'_>], budget: &mut Budget<'_>) {
        let clock = self.context.clock();
        let left = budget.left();
        let listings: Vec<_> = loads
            .iter_mut()
            .filter(|load| load.is_listed())
            .map(|load| load.list(Budget::new(clock, left)))
            .collect();
        if !listings.is_empty() {
            budget.spend(async |_| join_all(listings).await).await;
        }
    }
}

impl Asked {
    /// What to send, each with what was read under its key and is of no use.
    pub(crate) fn questions<'asked>(
        &'asked self,
        refused: impl Iterator<Item = Option<&'asked Digest>>,
    ) -> impl Iterator<Item = Question<'asked>> {
        let asked = self.0.iter().zip(refused);
        asked.map(|(lease, refused)| Question::Script(lease.asking(refused)))
    }

    /// They were asked for in vain.
    pub(crate) fn were_refused(&mut self, error: &Error) {
        for lease in &mut self.0 {
            lease.was_refused(error);
        }
    }

    /// What came of each, and of what was observed beside it.
    pub(crate) fn answered(
        self,
        replies: impl Iterator<Item = Reply>,
        observed: impl Iterator<Item = Result<Observed>>,
    ) -> impl Iterator<Item = Result<Acquired>> {
        let answers = self.0.into_iter().zip(replies).zip(observed);
        answers
            .map(|((lease, reply), observed)| lease.answered(reply.checked("acquire")?, observed?))
    }
}

impl<'load> Settled<'load> {
    /// Under this lease that is to be stored, or nothing.
    pub(crate) fn new(lease: Option<&'load mut Lease>, written: Option<&'load Written>) -> Self {
        Self {
            lease,
            written,
            filled: None,
        }
    }

    /// What to send; nothing if it is settled, or the lease is known to be gone.
    fn question(&self) -> Option<Question<'_>> {
        let lease = self.lease.as_deref().filter(|lease| lease.may_be_there())?;
        let invocation = match (&self.filled, self.written) {
            (Some(_), _) => return None,
            (None, Some(written)) => lease.filling(written),
            (None, None) => lease.releasing(),
        };
        Some(Question::Script(invocation))
    }

    fn take(&mut self, reply: Result<Reply>) {
        let Some(lease) = &mut self.lease else { return };
        let filled = reply.and_then(|reply| reply.checked("fill"));
        self.filled = Some(filled.and_then(|reply| lease.filled(reply)));
    }

    /// Whether an index lists the value, or what was there before.
    fn is_listed(&self) -> bool {
        match (self.written, &self.lease) {
            (Some(written), Some(lease)) => {
                lease.may_be_there() && !(written.listed.is_empty() && lease.retired.is_empty())
            }
            _ => false,
        }
    }

    async fn list(&mut self, mut budget: Budget<'_>) {
        let (Some(lease), Some(written)) = (&mut self.lease, self.written) else {
            return;
        };
        match lease.list(written, &mut budget).await {
            Ok(Listed::Yes) => {}
            Ok(Listed::Voided) => self.filled = Some(Ok(Filled::Voided)),
            Err(error) => self.filled = Some(Err(error)),
        }
    }

    /// What is listed of a value that is not stored after all.
    fn voided(&self) -> Option<Retired> {
        let (Some(lease), Some(written)) = (&self.lease, self.written) else {
            return None;
        };
        let is_void = matches!(self.filled, Some(Ok(Filled::Voided)));
        is_void
            .then(|| Retired::new(&lease.key, lease.token, written.listed.clone()))
            .flatten()
    }
}

impl RenewalOfMany {
    /// To be called whenever the load was polled and is not done.
    pub(crate) fn keep<'load>(
        &mut self,
        leases: impl FnOnce() -> Vec<&'load Lease>,
        task: &mut Task<'_>,
    ) {
        let extending = self.0.get_or_insert_with(|| extend_all(&leases()));
        // When it has ended there is none left to extend, and no harm in asking again.
        if extending.as_mut().poll(task).is_ready() {
            self.0 = Some(Box::pin(std::future::pending()));
        }
    }
}

/// Extends the leases three times in their life, until all are found gone.
fn extend_all(leases: &[&Lease]) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    let Some(first) = leases.first() else {
        return Box::pin(std::future::pending());
    };
    let (all, life) = (Arc::clone(&first.leases), first.life);
    let mut kept: Vec<(Key, Vec<u8>)> = leases
        .iter()
        .filter(|lease| lease.may_be_there())
        .map(|lease| (lease.key.clone(), lease.marker.clone()))
        .collect();
    Box::pin(async move {
        let clock = all.context.clock();
        let mut next = clock.now() + life / 3;
        while !kept.is_empty() {
            clock.sleep_until(next).await;
            // The next question is due a third later, whatever becomes of this one: if one gets
            // lost, the leases stay.
            next = clock.now() + life / 3;
            let call = Call {
                deadline: next,
                resend: Resend::Never,
            };
            let extend = |(key, marker): &(Key, Vec<u8>)| {
                let extend = all.scripts.extend.on(&[key]);
                Question::Script(extend.arg(marker).arg(millis_at_least_one(life)))
            };
            let questions: Vec<_> = kept.iter().map(extend).collect();
            // An error says nothing about a lease: the next round asks again.
            if let Ok(replies) = all.context.ask(&questions, &call).await {
                let mut replies = replies.into_iter();
                kept.retain(|_| replies.next() != Some(Reply::Int(0)));
            }
        }
    })
}
