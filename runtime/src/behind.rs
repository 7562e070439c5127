//! Plain calls whose load may outlive its caller. They stand here because such a load takes along which Larder and which tenant its
//! caller uses, and only [`global`](crate::global) knows that.

use std::future::Future;

use crate::cache::shape::{CacheValue, Direct, Fallible};
use crate::cache::{Entry, ErrorRules, Opening, Reload, behind, never_twice};
use crate::error::Result;
use crate::global::spawn_behind;

impl<V: CacheValue> Entry<V> {
    /// Like [`get_or_load`](Self::get_or_load), by a load that may outlive the call: if what is stored is stale or to be refreshed
    /// early, it is answered at once, and the load runs in a task of its own, with the Larder and the tenant that are in use here.
    /// What the load is told is the value that it is to replace, if there is one.
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
        behind::<Direct<V>>(Opening::Call(call), policy, &mut body, spawn_behind).await
    }

    /// Like [`get_or_spawn`](Self::get_or_spawn), by a load that may fail. Its error goes to this caller if it waits, and is not stored.
    /// A refresh that fails leaves what is stored as it is.
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
        behind::<Fallible<Result<V, E>>>(Opening::Call(call), policy, &mut body, spawn_behind).await
    }
}
