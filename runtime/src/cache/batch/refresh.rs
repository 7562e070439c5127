//! A refresh of many keys by one body: each has its own lease, in its entry, and each is put in the
//! place of its own old value.

use std::future::poll_fn;

use futures_util::future::join_all;

use super::loading::{Answers, values_of};
use super::one::{Answer, AnsweringOne, IdOf, PolicyOf, ValueOf};
use super::owned::OwnedBody;
use super::pairs::{BatchId, Kept, Pairs};
use crate::cache::due::Due;
use crate::cache::loading::{Load, Loading, Settling};
use crate::cache::shape::{CacheValue, Shape};
use crate::metrics::Event;

/// A refresh that has not begun.
pub(super) struct Refresh<S: Shape<Value: Pairs>, T> {
    due: Vec<DueKey<IdOf<S>>>,
    policy: PolicyOf<S, T>,
    body: OwnedBody<S, T>,
}

/// One key that is to be refreshed.
pub(super) struct DueKey<K> {
    /// Its place in the call.
    pub(super) place: usize,
    pub(super) id: K,
    pub(super) due: Box<Due>,
}

/// One key that is refreshed.
struct Refreshed<K> {
    place: usize,
    id: K,
    loading: Box<Loading>,
}

impl<S, T> Refresh<S, T>
where
    S: Shape<Value: Pairs<Id: BatchId>>,
    T: CacheValue + Kept<ValueOf<S>>,
{
    pub(super) fn new(
        due: Vec<DueKey<IdOf<S>>>,
        policy: PolicyOf<S, T>,
        body: OwnedBody<S, T>,
    ) -> Self {
        Self { due, policy, body }
    }

    /// The call is answered with what is stored.
    pub(super) fn note_met(&self) {
        for key in &self.due {
            key.due.note_met();
        }
    }

    /// What a call has met that is answered with what is stored, by its places.
    pub(super) fn met(&self) -> Vec<(usize, Event)> {
        let met = self.due.iter().map(|key| (key.place, key.due.met));
        met.collect()
    }

    /// Takes the leases that are free, side by side, and runs the body for their ids, if there are
    /// any. Answers what it has loaded.
    pub(super) async fn run(self) -> Answers<T> {
        let Self {
            due,
            policy,
            mut body,
        } = self;
        let beginning = due.into_iter().map(|key| async move {
            let DueKey { place, id, due } = key;
            let budget = due.budget();
            let loading = due.begin(budget).await?;
            Some(Refreshed { place, id, loading })
        });
        let mut keys: Vec<_> = join_all(beginning).await.into_iter().flatten().collect();
        if keys.is_empty() {
            return Vec::new();
        }
        let ids = keys.iter().map(|key| key.id.clone()).collect();
        let reload = keys
            .iter()
            .map(|key| (key.id.clone(), key.loading.reload()));
        let mut running = body(ids, reload.collect());
        let returned = poll_fn(|context| {
            let polled = running.as_mut().poll(context);
            if polled.is_pending() {
                for key in &mut keys {
                    key.loading.keep(context);
                }
            }
            polled
        });
        match S::split(returned.await) {
            Ok(pairs) => {
                let (settling, answers) = replace::<S, T>(keys, &policy, pairs);
                join_all(settling).await;
                answers
            }
            Err(error) => {
                let mut answering = AnsweringOne::<S, T>::of(&policy, Err(error));
                let keys = keys.into_iter();
                let given_back = keys.map(|key| key.loading.finish(&mut answering));
                join_all(given_back).await;
                Vec::new()
            }
        }
    }
}

/// Puts each value in the place of the old one. An id that was left out has none any more.
fn replace<S, T>(
    keys: Vec<Refreshed<IdOf<S>>>,
    policy: &PolicyOf<S, T>,
    pairs: S::Value,
) -> (Vec<Settling>, Answers<T>)
where
    S: Shape<Value: Pairs<Id: BatchId>>,
    T: CacheValue + Kept<ValueOf<S>>,
{
    let values = values_of::<S>(keys.iter().map(|key| &key.id), pairs);
    let mut settling = Vec::with_capacity(keys.len());
    let mut answers = Vec::with_capacity(keys.len());
    for (key, value) in keys.into_iter().zip(values) {
        let Some(kept) = T::of(value) else {
            settling.push(key.loading.withdraw());
            answers.push((key.place, Answer::Nothing));
            continue;
        };
        let mut answering = AnsweringOne::<S, T>::of(policy, Ok(kept));
        settling.push(key.loading.finish(&mut answering));
        answers.push((key.place, Answer::of(answering.take())));
    }
    (settling, answers)
}
