//! What there is beside cached functions, asked for by hand.

use std::sync::Arc;

use super::Larder;
use crate::idempotency::IdempotencyBuilder;
use crate::lock::{Lock, LockStats};
use crate::permits::PermitsBuilder;
use crate::rate::{LimiterBuilder, RateStats};
use crate::store::StoreBuilder;

impl Larder {
    /// A typed store: values, counters, lists, hashes, sets and sorted sets of `T`, under keys of
    /// this namespace. It must be said how long they live, by [`ttl`](StoreBuilder::ttl) or
    /// [`durable`](StoreBuilder::durable).
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # use std::time::Duration;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let larder = Larder::memory();
    /// let carts = larder.store::<Vec<String>>("carts").ttl(Duration::from_secs(3600))?;
    ///
    /// carts.set(&7, &vec!["tea".to_owned()]).await?;
    /// assert_eq!(carts.get(&7).await?, Some(vec!["tea".to_owned()]));
    /// assert_eq!(carts.get(&8).await?, None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn store<T>(&self, namespace: &'static str) -> StoreBuilder<T> {
        let scope = self.key_scope("store").cloned();
        StoreBuilder::new(Arc::clone(&self.shared.store), scope, namespace)
    }

    /// Limits for keys of this namespace, for the whole fleet together.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let api = Larder::memory().limiter("api").limits("10/s, 1000/h")?;
    /// assert!(api.check("ada").await?.is_allowed());
    /// # Ok(())
    /// # }
    /// ```
    pub fn limiter(&self, namespace: &'static str) -> LimiterBuilder {
        let scope = self.key_scope("limiter").cloned();
        LimiterBuilder::new(Arc::clone(&self.shared.rate), scope, namespace)
    }

    /// What has happened at the limits of this namespace since the Larder was made, all tenants
    /// together.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let larder = Larder::memory();
    /// larder.limiter("api").limits("10/s")?.check("ada").await?;
    /// assert_eq!(larder.rate_stats("api").allowed, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn rate_stats(&self, namespace: &str) -> RateStats {
        self.shared.rate.stats(namespace)
    }

    /// Locks of keys of this namespace, for the whole fleet together.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let orders = Larder::memory().lock("orders");
    /// let guard = orders.acquire(&7).await?;
    /// println!("nobody else has order 7; writes with a fence below {} are late", guard.fence());
    /// # Ok(())
    /// # }
    /// ```
    pub fn lock(&self, namespace: &'static str) -> Lock {
        let scope = self.key_scope("lock").cloned();
        Lock::new(Arc::clone(&self.shared.locks), scope, namespace)
    }

    /// What has happened to the locks of this namespace since the Larder was made, all tenants
    /// together.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let larder = Larder::memory();
    /// larder.lock("orders").run(&7, async {}).await?;
    /// assert_eq!(larder.lock_stats("orders").acquired, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn lock_stats(&self, namespace: &str) -> LockStats {
        self.shared.locks.stats(namespace)
    }

    /// Permits for keys of this namespace: so many may run at a time, in the whole fleet.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let exports = Larder::memory().permits("exports").limit(10)?;
    /// let exported = exports.run("ada", async { "exported" }).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn permits(&self, namespace: &'static str) -> PermitsBuilder {
        let scope = self.key_scope("permits").cloned();
        PermitsBuilder::new(Arc::clone(&self.shared.permits), scope, namespace)
    }

    /// Calls that run once for each key of this namespace, and answer their stored result ever
    /// after.
    ///
    /// ```
    /// # use larder_runtime::{Error, Larder, Result};
    /// # use std::time::Duration;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let payments = Larder::memory().idempotency("payments").ttl(Duration::from_hours(24))?;
    /// let receipt = payments.run("7f3a", &1000_u64, async { Ok::<_, Error>(1) }).await?;
    /// assert_eq!(payments.run("7f3a", &1000_u64, async { Ok::<_, Error>(2) }).await?, receipt);
    /// # Ok(())
    /// # }
    /// ```
    pub fn idempotency(&self, namespace: &'static str) -> IdempotencyBuilder {
        let scope = self.key_scope("idempotency").cloned();
        IdempotencyBuilder::new(Arc::clone(&self.shared.idempotency), scope, namespace)
    }
}
