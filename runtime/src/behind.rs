//! Plain calls whose load may outlive its caller. They stand here because such a load takes along
//! which Larder and which tenant its caller uses, and only [`global`](crate::global) knows that.

use std::collections::HashMap;
use std::future::Future;

use crate::cache::shape::{CacheValue, Direct, Fallible, Shape};
use crate::cache::{
    BatchId, Entry, ErrorRules, OwnedBody, Policy, Previous, Reload, batched_behind, behind,
    never_twice,
};
use crate::error::Result;
use crate::global::spawn_behind;
use crate::key::CacheKey;
use crate::larder::Cache;

impl<V: CacheValue> Entry<V> {
    /// Like [`get_or_load`](Self::get_or_load), by a load that may outlive the call: if what is
    /// stored is stale or to be refreshed early, it is answered at once, and the load runs in a
    /// task of its own, with the Larder and the tenant that are in use here. What the load is told
    /// is the value that it is to replace, if there is one.
    ///
    /// With the backend away, the load runs within the call, at most the call budget later.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::{CacheSpec, Larder, Ttl};
    /// use std::time::Duration;
    ///
    /// const RATES: CacheSpec = CacheSpec::new("rates", Ttl::after(Duration::from_secs(60)))
    ///     .stale(Duration::from_secs(3600));
    ///
    /// let rates = Larder::memory().cache::<f64>(RATES);
    /// let euro = rates.entry(|key| key.arg("EUR"));
    /// assert_eq!(euro.get_or_spawn(|_| async { 1.08 }).await, 1.08);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_or_spawn<F>(&self, load: impl FnOnce(Reload<V>) -> F + Send) -> V
    where
        F: Future<Output = V> + Send + 'static,
    {
        let (call, policy) = self.parts(ErrorRules::new());
        let mut body = never_twice(load);
        behind::<Direct<V>>(call, policy, &mut body, spawn_behind).await
    }

    /// Like [`get_or_spawn`](Self::get_or_spawn), by a load that may fail. Its error goes to this
    /// caller if it waits, and is not stored. A refresh that fails leaves what is stored as it is.
    ///
    /// # Errors
    /// Those of `load`.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let entry = larder::Larder::memory().cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    /// let loaded = entry.try_get_or_spawn(|_| async { Ok::<_, String>(1) }).await;
    /// assert_eq!(loaded, Ok(1));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn try_get_or_spawn<E, F>(
        &self,
        load: impl FnOnce(Reload<V>) -> F + Send,
    ) -> Result<V, E>
    where
        E: Send + 'static,
        F: Future<Output = Result<V, E>> + Send + 'static,
    {
        self.try_get_or_spawn_with(&ErrorRules::new(), load).await
    }

    /// Like [`try_get_or_spawn`](Self::try_get_or_spawn), with a say in what becomes of errors.
    ///
    /// # Errors
    /// Those of `load`; the backend's with [`ErrorRules::fail_on_error`].
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let entry = larder::Larder::memory().cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    /// use larder::ErrorRules;
    ///
    /// let rules = ErrorRules::new().share();
    /// let failed = entry
    ///     .try_get_or_spawn_with(&rules, |_| async { Err("no database") })
    ///     .await;
    /// assert_eq!(failed, Err("no database"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn try_get_or_spawn_with<E, F>(
        &self,
        errors: &ErrorRules<E>,
        load: impl FnOnce(Reload<V>) -> F + Send,
    ) -> Result<V, E>
    where
        E: Send + 'static,
        F: Future<Output = Result<V, E>> + Send + 'static,
    {
        let (call, policy) = self.parts(errors.clone());
        let mut body = never_twice(load);
        behind::<Fallible<Result<V, E>>>(call, policy, &mut body, spawn_behind).await
    }
}

/// # Many entries, by loads that may outlive their calls
impl<V: CacheValue> Cache<V> {
    /// Like [`get_many_or_load`](Self::get_many_or_load), by a load that may outlive the call: what
    /// is stale or to be refreshed early is answered at once, and one load for all of it runs in a
    /// task of its own, with the Larder and the tenant that are in use here. `load` gets ids, and
    /// what is stored for them: nothing for those that are missing, which are waited for. It may
    /// run more than once, so it is `Clone`.
    ///
    /// With the backend away, `load` runs for all ids within the call, at most the call budget
    /// later.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::{CacheSpec, Larder, Ttl};
    /// use std::collections::HashMap;
    /// use std::time::Duration;
    ///
    /// const SQUARES: CacheSpec = CacheSpec::new("squares", Ttl::after(Duration::from_secs(60)))
    ///     .stale(Duration::from_secs(3600));
    ///
    /// let squares = Larder::memory().cache::<u64>(SQUARES);
    /// let load = |ids: Vec<u64>, _previous| async move {
    ///     ids.into_iter().map(|id| (id, id * id)).collect::<HashMap<_, _>>()
    /// };
    /// let found = squares.get_many_or_spawn(&[2, 3], load).await;
    /// assert_eq!(found, [(2, 4), (3, 9)].into());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_many_or_spawn<K, L, F>(&self, ids: &[K], load: L) -> HashMap<K, V>
    where
        K: CacheKey + BatchId,
        L: FnMut(Vec<K>, HashMap<K, Previous<V>>) -> F + Clone + Send + 'static,
        F: Future<Output = HashMap<K, V>> + Send + 'static,
    {
        let rules = ErrorRules::new();
        many_behind::<Direct<HashMap<K, V>>, _, _, _, _>(self, ids, rules, load).await
    }

    /// Like [`get_many_or_spawn`](Self::get_many_or_spawn), by a load that may fail, with a say in
    /// what becomes of errors: those of a load of many are never stored, and
    /// [`ErrorRules::give_up_after`] is how long the whole call waits. A refresh that fails leaves
    /// what is stored as it is.
    ///
    /// # Errors
    /// Those of `load`; the backend's with [`ErrorRules::fail_on_error`].
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const SQUARES: larder::CacheSpec = larder::CacheSpec::new("squares", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::{Error, ErrorKind, ErrorRules};
    /// use std::collections::HashMap;
    /// use std::time::Duration;
    ///
    /// # let squares = larder::Larder::memory().cache::<u64>(SQUARES);
    /// let rules = ErrorRules::<Error>::new().give_up_after(Duration::from_secs(2));
    /// let slow = |ids: Vec<u64>, _previous| async move {
    ///     tokio::time::sleep(Duration::from_secs(5)).await;
    ///     Ok(ids.into_iter().map(|id| (id, id * id)).collect::<HashMap<_, _>>())
    /// };
    /// let answered = squares.try_get_many_or_spawn_with(&rules, &[2, 3], slow).await;
    /// assert_eq!(answered.unwrap_err().kind(), ErrorKind::LoadTimeout);
    ///
    /// tokio::time::sleep(Duration::from_secs(4)).await;
    /// assert_eq!(squares.get_many(&[2, 3]).await?.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn try_get_many_or_spawn_with<K, E, L, F>(
        &self,
        errors: &ErrorRules<E>,
        ids: &[K],
        load: L,
    ) -> Result<HashMap<K, V>, E>
    where
        K: CacheKey + BatchId,
        E: Send + 'static,
        L: FnMut(Vec<K>, HashMap<K, Previous<V>>) -> F + Clone + Send + 'static,
        F: Future<Output = Result<HashMap<K, V>, E>> + Send + 'static,
    {
        let rules = errors.clone();
        many_behind::<Fallible<Result<HashMap<K, V>, E>>, _, _, _, _>(self, ids, rules, load).await
    }
}

async fn many_behind<S, K, V, L, F>(
    cache: &Cache<V>,
    ids: &[K],
    errors: ErrorRules<S::Error>,
    load: L,
) -> S::Return
where
    S: Shape<Return: Send, Value = HashMap<K, V>, Error: Send> + 'static,
    K: CacheKey + BatchId,
    V: CacheValue,
    L: FnMut(Vec<K>, HashMap<K, Previous<V>>) -> F + Clone + Send + 'static,
    F: Future<Output = S::Return> + Send + 'static,
{
    let policy = Policy::new(cache.rules().clone(), errors);
    let call = || cache.batch(ids.iter().map(|id| (id, id.clone())));
    let mut body = move || -> OwnedBody<S, V> {
        let mut load = load.clone();
        Box::new(move |ids, olds| {
            let old = |(id, reload): (K, Reload<V>)| Some((id, reload.previous()?));
            Box::pin(load(ids, olds.into_iter().filter_map(old).collect()))
        })
    };
    batched_behind::<S, V>(cache.namespace(), call, policy, &mut body, spawn_behind).await
}
