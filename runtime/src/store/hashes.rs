//! Hashes: values under named fields of one key.

use std::borrow::Borrow;
use std::collections::HashMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::handle::Store;
use super::operation::Operation;
use super::reading::Reading;
use super::repeat::Repeat;
use super::request::{Addition, Tally};
use crate::backend::{Command, Reply};
use crate::error::{ErrorKind, Result};
use crate::key::CacheKey;

/// On a key that holds something else, every operation is [`ErrorKind::WrongType`].
impl<T> Store<T> {
    /// Removes these fields and answers how many there were. Sent once.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let stock = Larder::memory().store::<u32>("stock").durable()?;
    /// stock.hset("lisbon", "tea", &7).await?;
    /// assert_eq!(stock.hdel("lisbon", ["tea", "milk"]).await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn hdel<K: CacheKey + ?Sized, F: AsRef<str>>(
        &self,
        key: &K,
        fields: impl IntoIterator<Item = F>,
    ) -> Operation<u64> {
        match self.on_fields("HDEL", key, fields) {
            None => Operation::settled(Ok(0)),
            Some(command) => {
                self.operation(self.key_of(key), command, Repeat::Differ, Reading::count_in)
            }
        }
    }

    /// Adds `by` to the counter in this field and answers the sum; the first time, it begins at 0.
    /// A new hash gets the store's TTL. Where `T` can be a number, [`hget`](Self::hget) and
    /// [`hgetall`](Self::hgetall) read the counter. Sent once.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let visits = Larder::memory().store::<u64>("visits").durable()?;
    /// visits.hincr("monday", "/home", 1).await?;
    /// assert_eq!(visits.hincr("monday", "/home", 2).await?, 3);
    /// assert_eq!(visits.hget("monday", "/home").await?, Some(3));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotANumber`] if the field holds a value that [`hset`](Self::hset) has stored,
    /// or the sum does not fit; the field stays as it was.
    pub fn hincr<K: CacheKey + ?Sized>(&self, key: &K, field: &str, by: i64) -> Operation<i64> {
        let addition = Addition::new("HINCRBY", self.key_of(key), Tally::Counter)
            .arg(field)
            .arg(by.to_string());
        self.addition(Ok(addition), Repeat::Differ, Reading::sum_in)
    }

    /// The command on these fields; none if there are none.
    fn on_fields<K: CacheKey + ?Sized, F: AsRef<str>>(
        &self,
        name: &'static str,
        key: &K,
        fields: impl IntoIterator<Item = F>,
    ) -> Option<Command> {
        let mut fields = fields.into_iter().peekable();
        fields.peek()?;
        let command = Command::new(name).arg(self.key_of(key));
        Some(fields.fold(command, |command, field| command.arg(field.as_ref())))
    }
}

impl<T: Serialize> Store<T> {
    /// Stores the value in this field, in the place of the one that is there. A new hash gets the
    /// store's TTL.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let stock = Larder::memory().store::<u32>("stock").durable()?;
    /// stock.hset("lisbon", "tea", &7).await?;
    /// assert_eq!(stock.hget("lisbon", "tea").await?, Some(7));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`] and [`ErrorKind::Encode`] if the value cannot be stored.
    pub fn hset<K: CacheKey + ?Sized>(&self, key: &K, field: &str, value: &T) -> Operation<()> {
        self.hset_many(key, [(field, value)])
    }

    /// Stores these values in their fields, in one step: if one cannot be stored, none is. All else
    /// is as with [`hset`](Self::hset).
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let stock = Larder::memory().store::<u32>("stock").durable()?;
    /// stock.hset_many("lisbon", [("tea", 7), ("milk", 2)]).await?;
    /// assert_eq!(stock.hget("lisbon", "milk").await?, Some(2));
    /// # Ok(())
    /// # }
    /// ```
    pub fn hset_many<K: CacheKey + ?Sized, F: AsRef<str>, V: Borrow<T>>(
        &self,
        key: &K,
        fields: impl IntoIterator<Item = (F, V)>,
    ) -> Operation<()> {
        let empty = Addition::new("HSET", self.key_of(key), Tally::Sum);
        let addition =
            fields
                .into_iter()
                .try_fold(empty, |addition, (field, value)| -> Result<_> {
                    let element = self.element("HSET", value.borrow())?;
                    Ok(addition.arg(field.as_ref()).arg(element))
                });
        match addition {
            Ok(addition) if addition.is_empty() => Operation::settled(Ok(())),
            addition => self.addition(addition, Repeat::Add, |_, _| Ok(())),
        }
    }
}

impl<T: DeserializeOwned> Store<T> {
    /// The value in this field; `None` if there is none.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let stock = Larder::memory().store::<u32>("stock").durable()?;
    /// assert_eq!(stock.hget("lisbon", "tea").await?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if it cannot be read.
    pub fn hget<K: CacheKey + ?Sized>(&self, key: &K, field: &str) -> Operation<Option<T>> {
        let key = self.key_of(key);
        let command = Command::new("HGET").arg(&key).arg(field);
        self.operation(key, command, Repeat::Ask, Reading::element_in)
    }

    /// The values in these fields, in their order, in one step.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let stock = Larder::memory().store::<u32>("stock").durable()?;
    /// stock.hset("lisbon", "tea", &7).await?;
    /// assert_eq!(stock.hget_many("lisbon", ["tea", "milk"]).await?, [Some(7), None]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if one of them cannot be read.
    pub fn hget_many<K: CacheKey + ?Sized, F: AsRef<str>>(
        &self,
        key: &K,
        fields: impl IntoIterator<Item = F>,
    ) -> Operation<Vec<Option<T>>> {
        match self.on_fields("HMGET", key, fields) {
            None => Operation::settled(Ok(Vec::new())),
            Some(command) => {
                self.operation(self.key_of(key), command, Repeat::Ask, |reading, reply| {
                    let values = reply.into_array("HMGET")?.into_iter();
                    values.map(|value| reading.element_in(value)).collect()
                })
            }
        }
    }

    /// All fields and their values; empty if there is no such hash.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let stock = Larder::memory().store::<u32>("stock").durable()?;
    /// stock.hset_many("lisbon", [("tea", 7), ("milk", 2)]).await?;
    /// assert_eq!(stock.hgetall("lisbon").await?["milk"], 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if one of them cannot be read.
    pub fn hgetall<K: CacheKey + ?Sized>(&self, key: &K) -> Operation<HashMap<String, T>> {
        let key = self.key_of(key);
        let command = Command::new("HGETALL").arg(&key);
        self.operation(key, command, Repeat::Ask, |reading, reply| {
            let Reply::Map(pairs) = reply else {
                return Err(reply.unexpected("HGETALL", "a map"));
            };
            let mut fields = HashMap::with_capacity(pairs.len());
            for (field, value) in pairs {
                let name = field.into_bytes("HGETALL")?.unwrap_or_default();
                let name = String::from_utf8(name).map_err(|_| {
                    let message = "a field's name is no text: it was not written by Larder";
                    reading.origin.error(ErrorKind::Decode, message)
                })?;
                let value = value.into_bytes("HGETALL")?.unwrap_or_default();
                fields.insert(name, reading.element(&value)?);
            }
            Ok(fields)
        })
    }
}
