//! Sets: members without an order, each at most once.

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

/// Members are the same if they are encoded alike. On a key that holds something else, every
/// operation is [`ErrorKind::WrongType`](crate::ErrorKind::WrongType).
impl<T> Store<T> {
    /// How many members the set has.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let tags = Larder::memory().store::<String>("tags").durable()?;
    /// assert_eq!(tags.scard(&7).await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn scard<K: CacheKey + ?Sized>(&self, key: &K) -> Operation<u64> {
        let key = self.key_of(key);
        let command = Command::new("SCARD").arg(&key);
        self.operation(key, command, Repeat::Ask, Reading::count_in)
    }
}

impl<T: Serialize> Store<T> {
    /// Adds members and answers how many were not there before. A new set gets the store's TTL.
    /// Sent once, so that who is told 1 can rely on having been the first.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let online = Larder::memory().store::<u64>("online").durable()?;
    /// assert_eq!(online.sadd("eu", [7, 8]).await?, 2);
    /// assert_eq!(online.sadd("eu", [7]).await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) and
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) if one of them cannot be stored; then none
    /// is.
    pub fn sadd<K: CacheKey + ?Sized, V: Borrow<T>>(
        &self,
        key: &K,
        members: impl IntoIterator<Item = V>,
    ) -> Operation<u64> {
        let empty = Addition::new("SADD", self.key_of(key), Tally::Sum);
        let addition = members
            .into_iter()
            .try_fold(empty, |addition, member| -> Result<_> {
                Ok(addition.arg(self.element("SADD", member.borrow())?))
            });
        match addition {
            Ok(addition) if addition.is_empty() => Operation::settled(Ok(0)),
            addition => self.addition(addition, Repeat::Differ, Reading::count_in),
        }
    }

    /// Removes members and answers how many were there. Sent once.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let online = Larder::memory().store::<u64>("online").durable()?;
    /// online.sadd("eu", [7, 8]).await?;
    /// assert_eq!(online.srem("eu", [8, 9]).await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) for what cannot be a member.
    pub fn srem<K: CacheKey + ?Sized, V: Borrow<T>>(
        &self,
        key: &K,
        members: impl IntoIterator<Item = V>,
    ) -> Operation<u64> {
        self.remove_members("SREM", key, members)
    }

    /// Whether this is a member.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let online = Larder::memory().store::<u64>("online").durable()?;
    /// online.sadd("eu", [7]).await?;
    /// assert!(online.sismember("eu", &7).await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) for what cannot be a member.
    pub fn sismember<K: CacheKey + ?Sized>(&self, key: &K, member: &T) -> Operation<bool> {
        let key = self.key_of(key);
        match self.element("SISMEMBER", member) {
            Err(error) => Operation::settled(Err(error)),
            Ok(member) => {
                let command = Command::new("SISMEMBER").arg(&key).arg(member);
                self.operation(key, command, Repeat::Ask, Reading::answer_in)
            }
        }
    }

    /// Removes members of a set, sorted or not.
    pub(super) fn remove_members<K: CacheKey + ?Sized, V: Borrow<T>>(
        &self,
        name: &'static str,
        key: &K,
        members: impl IntoIterator<Item = V>,
    ) -> Operation<u64> {
        let mut members = members.into_iter().peekable();
        if members.peek().is_none() {
            return Operation::settled(Ok(0));
        }
        let key = self.key_of(key);
        let command = members.try_fold(Command::new(name).arg(&key), |command, member| {
            Ok(command.arg(self.element(name, member.borrow())?))
        });
        match command {
            Err(error) => Operation::settled(Err(error)),
            Ok(command) => self.operation(key, command, Repeat::Differ, Reading::count_in),
        }
    }
}

impl<T: DeserializeOwned> Store<T> {
    /// All members, in no order; none if there is no such set.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let online = Larder::memory().store::<u64>("online").durable()?;
    /// online.sadd("eu", [7, 7]).await?;
    /// assert_eq!(online.smembers("eu").await?, [7]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) if one of them cannot be read.
    pub fn smembers<K: CacheKey + ?Sized>(&self, key: &K) -> Operation<Vec<T>> {
        let key = self.key_of(key);
        let command = Command::new("SMEMBERS").arg(&key);
        self.operation(key, command, Repeat::Ask, Reading::elements_in)
    }
}
