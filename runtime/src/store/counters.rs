//! Counters: whole numbers of 64 bits that the server counts up and down.

use super::handle::Store;
use super::operation::Operation;
use super::reading::Reading;
use super::repeat::Repeat;
use super::request::{Addition, Tally};
use crate::key::CacheKey;

/// A counter is a plain number on the server, not a value: it begins at 0 when it is first counted.
/// Where `T` can be a number, [`get`](Self::get) reads it. What [`set`](Self::set) has stored is no
/// counter, even if it is a number.
impl<T> Store<T> {
    /// Adds `by` to the counter under this key and answers the sum. If this makes the counter, it
    /// gets the store's TTL in the same step; counting on leaves its end as it is, so it ends one
    /// TTL after it began. Sent once.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # use std::time::Duration;
    /// let requests = Larder::memory().store::<u64>("requests").ttl(Duration::from_secs(60))?;
    /// assert_eq!(requests.incr("10.0.0.7", 1).await?, 1);
    /// assert_eq!(requests.incr("10.0.0.7", 5).await?, 6);
    /// assert_eq!(requests.get("10.0.0.7").await?, Some(6));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotANumber`](crate::ErrorKind::NotANumber) if the key holds a value, or the sum
    /// does not fit; [`ErrorKind::WrongType`](crate::ErrorKind::WrongType) if it holds a list, a
    /// hash or a set. The key stays as it was.
    pub fn incr<K: CacheKey + ?Sized>(&self, key: &K, by: i64) -> Operation<i64> {
        self.count("INCRBY", key, by)
    }

    /// Takes `by` from the counter under this key and answers what is left, which may be negative.
    /// All else is as with [`incr`](Self::incr).
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let stock = Larder::memory().store::<i64>("stock").durable()?;
    /// stock.incr("tea", 10).await?;
    /// assert_eq!(stock.decr("tea", 3).await?, 7);
    /// # Ok(())
    /// # }
    /// ```
    pub fn decr<K: CacheKey + ?Sized>(&self, key: &K, by: i64) -> Operation<i64> {
        self.count("DECRBY", key, by)
    }

    fn count<K: CacheKey + ?Sized>(
        &self,
        command: &'static str,
        key: &K,
        by: i64,
    ) -> Operation<i64> {
        let key = self.key_of(key);
        let addition = Addition::new(command, key, Tally::Counter).arg(by.to_string());
        self.addition(Ok(addition), Repeat::Differ, Reading::sum_in)
    }
}
