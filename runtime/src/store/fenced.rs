//! Writes of who holds a lock, which are refused when somebody has held it since.

use std::time::Duration;

use serde::Serialize;

use super::handle::Store;
use crate::backend::{Backend, Reply, Resend};
use crate::error::{ErrorKind, Result};
use crate::key::CacheKey;

/// How long the greatest fence is remembered at least, in a store whose values end.
const REMEMBERED: Duration = Duration::from_hours(24 * 30);

impl<T: Serialize> Store<T> {
    /// Stores the value, with the store's TTL, unless it was written under a greater fence before:
    /// so whoever has lost his lock, and does not know it yet, changes nothing. The fence is that
    /// of the lock which protects the key, by [`lock::fence`](crate::lock::fence) or
    /// [`LockGuard::fence`](crate::lock::LockGuard::fence); all writes of the key should bear one.
    /// The same fence may write again.
    ///
    /// ```
    /// # use larder_runtime::{ErrorKind, Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let larder = Larder::memory();
    /// let (orders, parcels) = (larder.lock("orders"), larder.store::<String>("parcels").durable()?);
    ///
    /// let late = orders.run("7", async { larder_runtime::lock::fence() }).await??;
    /// let fence = orders.run("7", async { larder_runtime::lock::fence() }).await??;
    /// parcels.set_fenced("7", &"packed".to_owned(), fence).await?;
    /// parcels.set_fenced("7", &"shipped".to_owned(), fence).await?;
    ///
    /// let error = parcels.set_fenced("7", &"lost".to_owned(), late).await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::LockLost);
    /// assert_eq!(parcels.get("7").await?.as_deref(), Some("shipped"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The greatest fence stands beside the key: without an end in a
    /// [durable](crate::StoreBuilder::durable) store, and else for as long as a value, 30 days at
    /// least. [`delete`](Self::delete) and [`clear`](Self::clear) leave it there: only so is a write
    /// that comes later still known to be late.
    ///
    /// # Errors
    /// [`ErrorKind::LockLost`] if a greater fence has written; those of [`set`](Self::set).
    pub async fn set_fenced<K: CacheKey + ?Sized>(
        &self,
        key: &K,
        value: &T,
        fence: u64,
    ) -> Result<()> {
        const OPERATION: &str = "set_fenced";
        let key = self.key_of(key);
        let envelope = self.envelope(OPERATION, &key, value)?;
        let millis = self.ttl_millis(OPERATION)?;
        let remembered = match millis {
            0 => 0,
            millis => millis.max(REMEMBERED.as_millis() as u64),
        };
        let engine = self.engine();
        let question = engine
            .fenced
            .on(&[key.as_bytes(), &key.beside("fence")])
            .arg(fence)
            .arg(envelope)
            .arg(millis)
            .arg(remembered);
        let call = engine.context().command_call(Resend::Idempotent);
        let reply = engine.context().backend().script(&question, &call).await;
        let origin = self.origin(OPERATION);
        let reply = reply.map_err(|error| origin.explain(error))?;
        let first = reply.into_array(OPERATION)?.into_iter().next();
        if first.unwrap_or(Reply::Nil).into_int(OPERATION)? == 1 {
            return Ok(());
        }
        let message = "somebody who has held the lock since has written: this write came too late and changed nothing";
        Err(origin.error(ErrorKind::LockLost, message))
    }
}
