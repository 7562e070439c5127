//! Sorted sets: members in the order of their scores.

use std::borrow::Borrow;

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

/// Members are the same if they are encoded alike; those of one score are in the order of their
/// encodings. On a key that holds something else, every operation is [`ErrorKind::WrongType`].
impl<T: Serialize> Store<T> {
    /// Adds members with their scores, or gives them new ones, and answers how many were not there
    /// before. A new set gets the store's TTL. Sent once.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let scores = Larder::memory().store::<String>("scores").durable()?;
    /// assert_eq!(scores.zadd("chess", [("Ann".to_owned(), 1840.0)]).await?, 1);
    /// assert_eq!(scores.zadd("chess", [("Ann".to_owned(), 1852.5)]).await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotANumber`] for a score of `NaN`, [`ErrorKind::TooLarge`] and
    /// [`ErrorKind::Encode`] if one of them cannot be stored; then none is.
    pub fn zadd<K: CacheKey + ?Sized, V: Borrow<T>>(
        &self,
        key: &K,
        members: impl IntoIterator<Item = (V, f64)>,
    ) -> Operation<u64> {
        let empty = Addition::new("ZADD", self.key_of(key), Tally::Sum);
        let addition =
            members
                .into_iter()
                .try_fold(empty, |addition, (member, score)| -> Result<_> {
                    if score.is_nan() {
                        let message = "a score is NaN, which has no place in an order";
                        return Err(self.origin("ZADD").error(ErrorKind::NotANumber, message));
                    }
                    let member = self.element("ZADD", member.borrow())?;
                    // As Rust itself would read it back: every digit, and `inf`.
                    Ok(addition.arg(format!("{score:?}")).arg(member))
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
    /// let scores = Larder::memory().store::<String>("scores").durable()?;
    /// scores.zadd("chess", [("Ann".to_owned(), 1840.0)]).await?;
    /// assert_eq!(scores.zrem("chess", ["Ann".to_owned()]).await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Encode`] for what cannot be a member.
    pub fn zrem<K: CacheKey + ?Sized, V: Borrow<T>>(
        &self,
        key: &K,
        members: impl IntoIterator<Item = V>,
    ) -> Operation<u64> {
        self.remove_members("ZREM", key, members)
    }

    /// The score of a member; `None` if it is none.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let scores = Larder::memory().store::<String>("scores").durable()?;
    /// scores.zadd("chess", [("Ann".to_owned(), 1840.0)]).await?;
    /// assert_eq!(scores.zscore("chess", &"Ann".to_owned()).await?, Some(1840.0));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Encode`] for what cannot be a member.
    pub fn zscore<K: CacheKey + ?Sized>(&self, key: &K, member: &T) -> Operation<Option<f64>> {
        let key = self.key_of(key);
        match self.element("ZSCORE", member) {
            Err(error) => Operation::settled(Err(error)),
            Ok(member) => {
                let command = Command::new("ZSCORE").arg(&key).arg(member);
                self.operation(key, command, Repeat::Ask, |_, reply| match reply {
                    Reply::Nil => Ok(None),
                    reply => score("ZSCORE", reply).map(Some),
                })
            }
        }
    }
}

impl<T: DeserializeOwned> Store<T> {
    /// The members from place `first` to place `last`, both included, with their scores, the lowest
    /// first. Places count from 0; negative ones count from the end, so `-3, -1` are the three with
    /// the highest scores.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let scores = Larder::memory().store::<u64>("scores").durable()?;
    /// scores.zadd("chess", [(7, 1840.0), (8, 1905.0), (9, 1760.5)]).await?;
    /// assert_eq!(scores.zrange("chess", 0, -1).await?, [(9, 1760.5), (7, 1840.0), (8, 1905.0)]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if one of them cannot be read.
    pub fn zrange<K: CacheKey + ?Sized>(
        &self,
        key: &K,
        first: i64,
        last: i64,
    ) -> Operation<Vec<(T, f64)>> {
        let key = self.key_of(key);
        let command = Command::new("ZRANGE")
            .arg(&key)
            .arg(first)
            .arg(last)
            .arg("WITHSCORES");
        self.operation(key, command, Repeat::Ask, |reading, reply| {
            let pairs = reply.into_array("ZRANGE")?.into_iter();
            pairs.map(|pair| scored(reading, pair)).collect()
        })
    }
}

/// A member and its score.
fn scored<T: DeserializeOwned>(reading: &Reading, pair: Reply) -> Result<(T, f64)> {
    let Ok([member, points]) = <[Reply; 2]>::try_from(pair.into_array("ZRANGE")?) else {
        return Err(Reply::Nil.unexpected("ZRANGE", "pairs of a member and its score"));
    };
    let member = member.into_bytes("ZRANGE")?.unwrap_or_default();
    Ok((reading.element(&member)?, score("ZRANGE", points)?))
}

fn score(operation: &'static str, reply: Reply) -> Result<f64> {
    match reply {
        Reply::Double(score) => Ok(score),
        other => Err(other.unexpected(operation, "a score")),
    }
}
