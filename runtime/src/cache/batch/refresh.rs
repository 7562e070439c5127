//! A refresh of many keys by one body: each has its own lease, in its entry, and each is put in the
//! place of its own old value.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::time::Duration;

use futures_util::future::join_all;

use super::loading::{Answers, values_of};
use super::one::{Answer, AnsweringOne, IdOf, PolicyOf, ValueOf};
use super::pairs::{BatchId, Kept, Pairs};
use crate::cache::call::Errand;
use crate::cache::due::Due;
use crate::cache::load::{falling, met, to_be_refreshed};
use crate::cache::loading::{Falling, Load, Loading, Settling};
use crate::cache::previous::{Old, Reload};
use crate::cache::shape::{CacheValue, Shape};
use crate::cache::staleness::Age;
use crate::cache::stored::{Found, Stored};
use crate::cache::turn::Read;
use crate::error::Result;
use crate::metrics::Event;

/// A refresh that has not begun.
pub(super) struct Refresh<S: Shape<Value: Pairs>, T> {
    due: Vec<DueKey<IdOf<S>>>,
    policy: PolicyOf<S, T>,
}

/// A refresh that holds its leases, and whose body may run.
pub(super) struct Refreshing<S: Shape<Value: Pairs>, T> {
    keys: Vec<Refreshed<IdOf<S>>>,
    policy: PolicyOf<S, T>,
}

/// One key that is to be refreshed.
pub(super) struct DueKey<K> {
    /// Its place in the call.
    pub(super) place: usize,
    pub(super) id: K,
    pub(super) due: Box<Due>,
}

/// What a call has met in a place that is answered with what is stored there.
pub(super) type Met = (usize, Event);

/// One key that is refreshed.
struct Refreshed<K> {
    place: usize,
    id: K,
    loading: Box<Loading>,
    falling: Falling,
}

/// The refresh of what was found, if the call that has found it is to have it refreshed. No lease
/// has room in an error that is stored.
pub(super) fn due(stored: &Stored<'_>, found: &Found, age: Age, read: Read) -> Option<Box<Due>> {
    let refreshing = to_be_refreshed(stored, found, age)?;
    Some(Box::new(Due {
        errand: Errand {
            spec: stored.spec().clone(),
            target: stored.target().clone(),
        },
        of: found.header.token,
        old: Old::new(read.bytes),
        met: met(found.side, age),
        falling: falling(stored.spec(), age),
        refreshing,
    }))
}

impl<S: Shape<Value: Pairs>, T> Refresh<S, T> {
    pub(super) fn new(due: Vec<DueKey<IdOf<S>>>, policy: PolicyOf<S, T>) -> Self {
        Self { due, policy }
    }

    /// What a call has met that is answered with what is stored.
    pub(super) fn met(&self) -> Vec<Met> {
        let met = self.due.iter().map(|key| (key.place, key.due.met));
        met.collect()
    }

    /// Takes the leases that are free, side by side, within this budget; nothing if there are none.
    pub(super) async fn begin(self, budget: Duration) -> Option<Refreshing<S, T>> {
        let beginning = self.due.into_iter().map(|key| async move {
            let DueKey { place, id, due } = key;
            let falling = due.falling;
            let loading = due.begin(budget).await?;
            Some(Refreshed {
                place,
                id,
                loading,
                falling,
            })
        });
        let keys: Vec<_> = join_all(beginning).await.into_iter().flatten().collect();
        (!keys.is_empty()).then_some(Refreshing {
            keys,
            policy: self.policy,
        })
    }
}

impl<S, T> Refreshing<S, T>
where
    S: Shape<Value: Pairs<Id: BatchId>>,
    T: CacheValue + Kept<ValueOf<S>>,
{
    /// What the body is asked for.
    pub(super) fn ids(&self) -> Vec<IdOf<S>> {
        self.keys.iter().map(|key| key.id.clone()).collect()
    }

    /// What the body is told of what is stored.
    pub(super) fn reload(&self) -> Vec<(IdOf<S>, Reload<T>)> {
        let keys = self.keys.iter();
        keys.map(|key| (key.id.clone(), key.loading.reload()))
            .collect()
    }

    /// Runs the body to its end, and puts what it has returned in the place of the old values. An
    /// error leaves those as they are; it is answered unless they answer for each of the keys.
    pub(super) async fn run(
        self,
        body: impl Future<Output = S::Return>,
    ) -> Result<Answers<T>, S::Error> {
        let Self { mut keys, policy } = self;
        let mut body = pin!(body);
        let returned = poll_fn(|context| {
            let polled = body.as_mut().poll(context);
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
                Ok(answers)
            }
            Err(error) => {
                let falls_back = keys.iter().all(|key| key.falling == Falling::Back);
                let mut answering = AnsweringOne::<S, T>::of(&policy, Err(error));
                let keys = keys.into_iter();
                let given_back = keys.map(|key| key.loading.finish(&mut answering));
                join_all(given_back).await;
                match answering.take() {
                    Some(Err(error)) if !falls_back => Err(error),
                    _ => Ok(Vec::new()),
                }
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
