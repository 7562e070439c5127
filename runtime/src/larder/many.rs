//! Many entries at once by plain calls.

use std::collections::HashMap;
use std::future::Future;

use super::Cache;
use crate::cache::shape::{CacheValue, Direct, Fallible};
use crate::cache::{
    BatchCall, BatchDraft, BatchId, Demand, ErrorRules, Given, Groups, InvalidationToken, Policy,
    batched,
};
use crate::error::Result;
use crate::key::{CacheKey, Tag};

/// # Many entries at once
/// Whatever can be done with one entry can be done with many, in the same number of round trips. An
/// id is the only argument of its key, so `get_many(&[7])` is about `entry(|key| key.arg(&7))`.
impl<V> Cache<V> {
    /// Removes the entries of these ids and voids the loads of them that are under way, as
    /// [`Entry::invalidate`] does. One round trip.
    ///
    /// [`Entry::invalidate`]: crate::Entry::invalidate
    ///
    /// # Errors
    /// The backend's. Then some of the entries may still be there.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// let users = larder::Larder::memory().cache::<String>(USERS);
    /// users.set_many([(7, "Ada".to_owned()), (8, "Grace".to_owned())]).await?;
    /// users.invalidate_many(&[7, 8]).await?;
    /// assert!(users.get_many(&[7, 8]).await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn invalidate_many<K: CacheKey>(&self, ids: &[K]) -> Result<InvalidationToken> {
        self.batch(ids.iter().map(|id| (id, ()))).invalidate().await
    }

    /// The call for these ids, each beside what stands for it.
    pub(crate) fn batch<'id, K: CacheKey + 'id, Id>(
        &self,
        ids: impl Iterator<Item = (&'id K, Id)>,
    ) -> BatchCall<Id> {
        let mut draft = BatchDraft::new(self.spec.clone(), ids.size_hint().0);
        for (argument, id) in ids {
            draft.id(id).arg(argument);
            if !self.indexes.is_empty() || !self.tags.is_empty() {
                self.join(draft.groups());
            }
        }
        match self.owner.larder() {
            Ok(larder) => {
                let targets = larder.targets(&draft);
                draft.at(targets, larder.demand())
            }
            Err(error) => draft.at(Err(error), Demand::default()),
        }
    }

    /// Has an entry belong to what every entry of this cache belongs to.
    fn join(&self, groups: Option<&mut Groups>) {
        let Some(groups) = groups else { return };
        if !self.indexes.is_empty() {
            groups.indexed();
        }
        self.tags.iter().for_each(|tag| groups.tag(Tag::new(tag)));
    }
}

impl<V: CacheValue> Cache<V> {
    /// The values that are stored for these ids, without loading. One round trip.
    ///
    /// # Errors
    /// The backend's.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// let users = larder::Larder::memory().cache::<String>(USERS);
    /// users.entry(|key| key.arg(&7)).put(&"Ada".to_owned()).await?;
    ///
    /// let found = users.get_many(&[7, 8]).await?;
    /// assert_eq!(found.get(&7).map(String::as_str), Some("Ada"));
    /// assert_eq!(found.get(&8), None);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_many<K: CacheKey + BatchId>(&self, ids: &[K]) -> Result<HashMap<K, V>> {
        let (ids, call) = self.batch(ids.iter().map(|id| (id, id.clone()))).apart();
        let pairs = ids.into_iter().zip(call.peek::<V>().await?);
        Ok(pairs.filter_map(|(id, value)| Some((id, value?))).collect())
    }

    /// Stores these values in the place of what is there, and voids the loads that are under way,
    /// as [`Entry::put`] does. One round trip; where entries have tags, two.
    ///
    /// [`Entry::put`]: crate::Entry::put
    ///
    /// # Errors
    /// The backend's, after which some of the values may be stored;
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge), [`Encode`](crate::ErrorKind::Encode)
    /// and [`Configuration`](crate::ErrorKind::Configuration) (a TTL of zero) for values that
    /// cannot be.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// let users = larder::Larder::memory().cache::<String>(USERS);
    /// users.set_many([(7, "Ada".to_owned()), (8, "Grace".to_owned())]).await?;
    /// assert_eq!(users.get_many(&[7, 8, 9]).await?.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn set_many<K: CacheKey>(
        &self,
        values: impl IntoIterator<Item = (K, V)>,
    ) -> Result<()> {
        let (ids, given): (Vec<K>, Vec<Given>) = values
            .into_iter()
            .map(|(id, value)| (id, Given::new(&self.spec, &self.rules, &value)))
            .unzip();
        self.batch(ids.iter().map(|id| (id, ()))).put(given).await
    }

    /// The stored values of these ids, and for those that have none what `load` answers: it gets
    /// the ids that are missing, and is not run if there are none. An id that it leaves out has no
    /// value. A hit of all costs one round trip, anything else two.
    ///
    /// Ids that another call is loading, of one id or of many, in this process or another, are
    /// waited for. Only if such a load comes to nothing does `load` run once more, for them.
    ///
    /// What is stale or to be refreshed early is loaded anew within the call, by a run of `load`
    /// beside the one for the ids that are missing. Other callers read the old values until then,
    /// and what another call is refreshing is answered as it is.
    ///
    /// With the backend away, `load` runs for all ids, at most the call budget later.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const SQUARES: larder::CacheSpec = larder::CacheSpec::new("squares", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// let squares = larder::Larder::memory().cache::<u64>(SQUARES);
    /// squares.set_many([(2, 4)]).await?;
    ///
    /// let found = squares.get_many_or_load(&[2, 3], async |missing: Vec<u64>| {
    ///     assert_eq!(missing, [3]);
    ///     missing.into_iter().map(|id| (id, id * id)).collect()
    /// });
    /// assert_eq!(found.await, [(2, 4), (3, 9)].into());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_many_or_load<K, F>(
        &self,
        ids: &[K],
        load: impl Fn(Vec<K>) -> F,
    ) -> HashMap<K, V>
    where
        K: CacheKey + BatchId,
        F: Future<Output = HashMap<K, V>>,
    {
        let policy = Policy::new(self.rules.clone(), ErrorRules::new());
        let call = || self.batch(ids.iter().map(|id| (id, id.clone())));
        batched::<Direct<_>, V, _, _>(call, policy, load).await
    }

    /// Like [`get_many_or_load`](Self::get_many_or_load), by a future that may fail. Its error goes
    /// to this caller, and nothing of that load is stored. After an error what was to be refreshed
    /// stays as it was; it is answered in place of the error if all of it is still fresh, or with
    /// [`CacheSpec::stale_on_error`](crate::CacheSpec::stale_on_error).
    ///
    /// # Errors
    /// Those of `load`.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const SQUARES: larder::CacheSpec = larder::CacheSpec::new("squares", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// let squares = larder::Larder::memory().cache::<u64>(SQUARES);
    /// let failed = squares.try_get_many_or_load(&[2, 3], async |_missing| Err("no database"));
    /// assert_eq!(failed.await, Err("no database"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn try_get_many_or_load<K, E, F>(
        &self,
        ids: &[K],
        load: impl Fn(Vec<K>) -> F,
    ) -> Result<HashMap<K, V>, E>
    where
        K: CacheKey + BatchId,
        F: Future<Output = Result<HashMap<K, V>, E>>,
    {
        let policy = Policy::new(self.rules.clone(), ErrorRules::new());
        let call = || self.batch(ids.iter().map(|id| (id, id.clone())));
        batched::<Fallible<_>, V, _, _>(call, policy, load).await
    }
}
