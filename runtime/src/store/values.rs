//! Values: one of `T` under each key, and what can be done to a key of any kind.

use std::borrow::Borrow;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::handle::Store;
use super::operation::Operation;
use super::reading::Reading;
use super::repeat::Repeat;
use crate::backend::Command;
use crate::cache::Ttl;
use crate::error::{ErrorKind, Result};
use crate::key::CacheKey;

impl<T> Store<T> {
    /// Removes the key, whatever it holds, and answers whether it was there. Sent once.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let names = Larder::memory().store::<String>("names").durable()?;
    /// names.set(&1, &"Ann".to_owned()).await?;
    /// assert!(names.delete(&1).await?);
    /// assert!(!names.delete(&1).await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete<K: CacheKey + ?Sized>(&self, key: &K) -> Operation<bool> {
        let key = self.key_of(key);
        let command = Command::new("UNLINK").arg(&key);
        self.operation(key, command, Repeat::Differ, Reading::answer_in)
    }

    /// Whether the key is there, whatever it holds.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let names = Larder::memory().store::<String>("names").durable()?;
    /// assert!(!names.exists(&1).await?);
    /// names.set(&1, &"Ann".to_owned()).await?;
    /// assert!(names.exists(&1).await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn exists<K: CacheKey + ?Sized>(&self, key: &K) -> Operation<bool> {
        let key = self.key_of(key);
        let command = Command::new("EXISTS").arg(&key);
        self.operation(key, command, Repeat::Ask, Reading::answer_in)
    }

    /// Has the key end this long from now, in whole milliseconds, and answers whether there is such
    /// a key.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # use std::time::Duration;
    /// let names = Larder::memory().store::<String>("names").durable()?;
    /// names.set(&1, &"Ann".to_owned()).await?;
    /// assert!(names.expire(&1, Duration::from_secs(60)).await?);
    /// assert!(!names.expire(&2, Duration::from_secs(60)).await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for less than 1 ms: to remove a key, [`delete`](Self::delete)
    /// it; and for [`Duration::MAX`], which is no end: to let a key stay,
    /// [`persist`](Self::persist) it.
    pub fn expire<K: CacheKey + ?Sized>(&self, key: &K, after: Duration) -> Operation<bool> {
        let refused = |message| {
            let origin = self.origin("PEXPIRE");
            Operation::settled(Err(origin.error(ErrorKind::Configuration, message)))
        };
        if after == Duration::MAX {
            return refused("an end that never comes is none: to let a key stay, persist it");
        }
        let Some(millis) = Ttl::after(after).to_millis() else {
            return refused("the end is less than 1 ms away: to remove a key, delete it");
        };
        let key = self.key_of(key);
        let command = Command::new("PEXPIRE").arg(&key).arg(millis);
        self.operation(key, command, Repeat::Change, Reading::answer_in)
    }

    /// Has the key stay until it is removed, and answers whether it had an end until now. Sent
    /// once.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result, Ttl};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # use std::time::Duration;
    /// let names = Larder::memory().store::<String>("names").ttl(Duration::from_secs(60))?;
    /// names.set(&1, &"Ann".to_owned()).await?;
    /// assert!(names.persist(&1).await?);
    /// assert_eq!(names.ttl(&1).await?, Some(Ttl::NEVER));
    /// # Ok(())
    /// # }
    /// ```
    pub fn persist<K: CacheKey + ?Sized>(&self, key: &K) -> Operation<bool> {
        let key = self.key_of(key);
        let command = Command::new("PERSIST").arg(&key);
        self.operation(key, command, Repeat::Differ, Reading::answer_in)
    }

    /// How long the key will still live, in whole milliseconds: [`Ttl::NEVER`] if it has no end,
    /// `None` if it is not there.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # use std::time::Duration;
    /// let names = Larder::memory().store::<String>("names").ttl(Duration::from_secs(60))?;
    /// assert_eq!(names.ttl(&1).await?, None);
    /// names.set(&1, &"Ann".to_owned()).await?;
    /// let left = names.ttl(&1).await?.and_then(|ttl| ttl.duration());
    /// assert!(left.is_some_and(|left| left <= Duration::from_secs(60)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn ttl<K: CacheKey + ?Sized>(&self, key: &K) -> Operation<Option<Ttl>> {
        let key = self.key_of(key);
        let command = Command::new("PTTL").arg(&key);
        self.operation(key, command, Repeat::Ask, |_, reply| {
            Ok(match reply.into_int("PTTL")? {
                // The server's words for no key, and for one without an end.
                -2 => None,
                -1 => Some(Ttl::NEVER),
                left => Some(Ttl::after(Duration::from_millis(left.unsigned_abs()))),
            })
        })
    }
}

impl<T: DeserializeOwned> Store<T> {
    /// The value under this key; `None` if there is none, or none that this store can read.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let names = Larder::memory().store::<String>("names").durable()?;
    /// assert_eq!(names.get(&1).await?, None);
    /// names.set(&1, &"Ann".to_owned()).await?;
    /// assert_eq!(names.get(&1).await?, Some("Ann".to_owned()));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::WrongType`] if the key holds a list, a hash or a set, or a counter where `T`
    /// can be no number.
    pub fn get<K: CacheKey + ?Sized>(&self, key: &K) -> Operation<Option<T>> {
        let key = self.key_of(key);
        let command = Command::new("GET").arg(&key);
        self.operation(key, command, Repeat::Ask, |reading, reply| {
            let bytes = reply.into_bytes("GET")?;
            bytes.map_or(Ok(None), |bytes| reading.value(&bytes))
        })
    }

    /// The values under these keys, in their order, in one round trip.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let names = Larder::memory().store::<String>("names").durable()?;
    /// names.set(&1, &"Ann".to_owned()).await?;
    /// assert_eq!(names.get_many([1, 2]).await?, [Some("Ann".to_owned()), None]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`get`](Self::get). To have the others in spite of one that fails, use a
    /// [`pipeline`](Self::pipeline).
    pub async fn get_many<K: CacheKey>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<Vec<Option<T>>> {
        let mut pipeline = self.pipeline();
        let queued: Vec<_> = keys
            .into_iter()
            .map(|key| pipeline.add(self.get(&key)))
            .collect();
        let answers = pipeline.run().await;
        let mut answers = answers.map_err(|error| self.origin("GET").explain(error))?;
        queued
            .into_iter()
            .map(|queued| answers.take(queued))
            .collect()
    }
}

impl<T: Serialize> Store<T> {
    /// Stores the value, with the store's TTL, in the place of whatever is under this key.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let names = Larder::memory().store::<String>("names").durable()?;
    /// names.set(&1, &"Ann".to_owned()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`] beyond the Larder's `max_value_bytes`; [`ErrorKind::Encode`] for
    /// what the codec cannot write.
    pub fn set<K: CacheKey + ?Sized>(&self, key: &K, value: &T) -> Operation<()> {
        let key = self.key_of(key);
        match self.setting(&key, value) {
            Ok(command) => self.operation(key, command, Repeat::Replace, |_, _| Ok(())),
            Err(error) => Operation::settled(Err(error)),
        }
    }

    /// Stores these values, with the store's TTL, in one step and one round trip: if one cannot be
    /// encoded, none is stored.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let names = Larder::memory().store::<String>("names").durable()?;
    /// names.set_many([(1, "Ann".to_owned()), (2, "Bob".to_owned())]).await?;
    /// assert_eq!(names.get(&2).await?, Some("Bob".to_owned()));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`set`](Self::set).
    pub async fn set_many<K: CacheKey, V: Borrow<T>>(
        &self,
        values: impl IntoIterator<Item = (K, V)>,
    ) -> Result<()> {
        let mut pipeline = self.pipeline().atomic();
        for (key, value) in values {
            pipeline.add(self.set(&key, value.borrow()));
        }
        let answers = pipeline.run().await;
        let answers = answers.map_err(|error| self.origin("SET").explain(error))?;
        answers.check()
    }

    fn setting(&self, key: &crate::key::Key, value: &T) -> Result<Command> {
        let millis = self.ttl_millis("SET")?;
        let command = Command::new("SET")
            .arg(key)
            .arg(self.envelope("SET", key, value)?);
        Ok(match millis {
            0 => command,
            millis => command.arg("PX").arg(millis),
        })
    }
}

impl<T: Serialize + DeserializeOwned> Store<T> {
    /// Stores the value, with the store's TTL, and answers the one that was there, in one step.
    /// Sent once.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let names = Larder::memory().store::<String>("names").durable()?;
    /// assert_eq!(names.get_and_set(&1, &"Ann".to_owned()).await?, None);
    /// assert_eq!(names.get_and_set(&1, &"Bob".to_owned()).await?, Some("Ann".to_owned()));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`set`](Self::set); [`ErrorKind::WrongType`] if the key holds a list, a hash or a
    /// set, which then stays. A counter that can be no `T` is replaced and answered as `None`.
    pub fn get_and_set<K: CacheKey + ?Sized>(&self, key: &K, value: &T) -> Operation<Option<T>> {
        let key = self.key_of(key);
        let command = match self.setting(&key, value) {
            Ok(command) => command.arg("GET"),
            Err(error) => return Operation::settled(Err(error)),
        };
        self.operation(key, command, Repeat::Differ, |reading, reply| {
            let bytes = reply.into_bytes("SET")?;
            let before = bytes.map(|bytes| reading.value(&bytes));
            // The value has been stored: what it replaced is no reason to say that it was not.
            Ok(before.and_then(Result::ok).flatten())
        })
    }
}
