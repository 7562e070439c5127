//! Lists: elements in an order, with two ends.

use std::borrow::Borrow;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::handle::Store;
use super::operation::Operation;
use super::reading::Reading;
use super::repeat::Repeat;
use super::request::{Addition, Tally};
use crate::backend::Command;
use crate::error::Result;
use crate::key::CacheKey;

/// Positions count from 0; negative ones count from the end, -1 being the last. On a key that holds
/// something else, every operation is [`ErrorKind::WrongType`](crate::ErrorKind::WrongType).
impl<T> Store<T> {
    /// How many elements the list has.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let queue = Larder::memory().store::<String>("queue").durable()?;
    /// assert_eq!(queue.llen("mail").await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn llen<K: CacheKey + ?Sized>(&self, key: &K) -> Operation<u64> {
        let key = self.key_of(key);
        let command = Command::new("LLEN").arg(&key);
        self.operation(key, command, Repeat::Ask, Reading::count_in)
    }

    /// Removes all elements but those from position `first` to position `last`, both included. Sent
    /// once.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let events = Larder::memory().store::<u32>("events").durable()?;
    /// events.rpush("log", [1, 2, 3, 4]).await?;
    /// events.ltrim("log", -2, -1).await?;                  // the last two
    /// assert_eq!(events.lrange("log", 0, -1).await?, [3, 4]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn ltrim<K: CacheKey + ?Sized>(&self, key: &K, first: i64, last: i64) -> Operation<()> {
        let key = self.key_of(key);
        let command = Command::new("LTRIM").arg(&key).arg(first).arg(last);
        self.operation(key, command, Repeat::Differ, |_, _| Ok(()))
    }
}

impl<T: Serialize> Store<T> {
    /// Puts elements before the first one, one by one, so that the last of them comes to stand
    /// first. Answers how many the list has then. A new list gets the store's TTL. Sent once.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let events = Larder::memory().store::<u32>("events").durable()?;
    /// assert_eq!(events.lpush("log", [1, 2]).await?, 2);
    /// assert_eq!(events.lrange("log", 0, -1).await?, [2, 1]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) and
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) if one of them cannot be stored; then none
    /// is.
    pub fn lpush<K: CacheKey + ?Sized, V: Borrow<T>>(
        &self,
        key: &K,
        elements: impl IntoIterator<Item = V>,
    ) -> Operation<u64> {
        self.push("LPUSH", key, elements)
    }

    /// Puts elements behind the last one, in their order. All else is as with
    /// [`lpush`](Self::lpush).
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let events = Larder::memory().store::<u32>("events").durable()?;
    /// assert_eq!(events.rpush("log", [1, 2]).await?, 2);
    /// assert_eq!(events.lrange("log", 0, -1).await?, [1, 2]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn rpush<K: CacheKey + ?Sized, V: Borrow<T>>(
        &self,
        key: &K,
        elements: impl IntoIterator<Item = V>,
    ) -> Operation<u64> {
        self.push("RPUSH", key, elements)
    }

    fn push<K: CacheKey + ?Sized, V: Borrow<T>>(
        &self,
        command: &'static str,
        key: &K,
        elements: impl IntoIterator<Item = V>,
    ) -> Operation<u64> {
        let empty = Addition::new(command, self.key_of(key), Tally::Last);
        let addition = elements
            .into_iter()
            .try_fold(empty, |addition, element| -> Result<_> {
                Ok(addition.arg(self.element(command, element.borrow())?))
            });
        match addition {
            // The server takes no push of nothing; the answer is how many there are.
            Ok(addition) if addition.is_empty() => self.llen(key),
            addition => self.addition(addition, Repeat::Differ, Reading::count_in),
        }
    }
}

impl<T: DeserializeOwned> Store<T> {
    /// Removes the first element and answers it; `None` if there is none. Sent once: after an
    /// error, the element may be gone.
    ///
    /// This is no queue for work that must not be lost: whoever fails after the answer has lost the
    /// element.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let events = Larder::memory().store::<u32>("events").durable()?;
    /// events.rpush("log", [1, 2]).await?;
    /// assert_eq!(events.lpop("log").await?, Some(1));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) if the element cannot be read; it is removed
    /// all the same.
    pub fn lpop<K: CacheKey + ?Sized>(&self, key: &K) -> Operation<Option<T>> {
        self.pop("LPOP", key)
    }

    /// Removes the last element and answers it. All else is as with [`lpop`](Self::lpop).
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let events = Larder::memory().store::<u32>("events").durable()?;
    /// events.rpush("log", [1, 2]).await?;
    /// assert_eq!(events.rpop("log").await?, Some(2));
    /// # Ok(())
    /// # }
    /// ```
    pub fn rpop<K: CacheKey + ?Sized>(&self, key: &K) -> Operation<Option<T>> {
        self.pop("RPOP", key)
    }

    /// The elements from position `first` to position `last`, both included; none where the list is
    /// shorter.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let events = Larder::memory().store::<u32>("events").durable()?;
    /// events.rpush("log", [1, 2, 3]).await?;
    /// assert_eq!(events.lrange("log", 0, 1).await?, [1, 2]);
    /// assert_eq!(events.lrange("log", 0, -1).await?, [1, 2, 3]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) if one of them cannot be read.
    pub fn lrange<K: CacheKey + ?Sized>(
        &self,
        key: &K,
        first: i64,
        last: i64,
    ) -> Operation<Vec<T>> {
        let key = self.key_of(key);
        let command = Command::new("LRANGE").arg(&key).arg(first).arg(last);
        self.operation(key, command, Repeat::Ask, Reading::elements_in)
    }

    fn pop<K: CacheKey + ?Sized>(&self, command: &'static str, key: &K) -> Operation<Option<T>> {
        let key = self.key_of(key);
        let command = Command::new(command).arg(&key);
        self.operation(key, command, Repeat::Differ, Reading::element_in)
    }
}
