//! Clearing a namespace.

use super::Larder;
use crate::cache::clear;
use crate::error::Result;

impl Larder {
    /// Removes every cached value of this namespace (of this app and tenant, all versions) and
    /// voids the loads that are under way; its indexes list nothing any more. Answers how many
    /// entries there were. No other key is touched: it is done by `SCAN` and `UNLINK`. A typed
    /// store of the same namespace has a [`clear`](crate::Store::clear) of its own.
    ///
    /// Takes one round trip for each thousand keys *of the whole server* and more for those that it
    /// removes, each within the command timeout, so it is an operation for deploys and repairs, not
    /// for requests.
    ///
    /// # Errors
    /// The backend's. What was removed by then stays removed. If it
    /// [is queued](crate::Error::is_queued), it is gone on with until it is done; otherwise calling
    /// again goes on.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::Larder;
    ///
    /// let larder = Larder::memory();
    /// larder.cache::<u64>(USERS).entry(|key| key.arg(&7_u64)).put(&1).await?;
    /// assert_eq!(larder.clear("users").await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn clear(&self, namespace: &str) -> Result<u64> {
        let scope = self.key_scope("clear")?;
        clear(self.cache_engine(), scope, namespace).await
    }
}
