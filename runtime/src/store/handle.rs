//! The handle of one typed store, and how its operations are made.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::engine::StoreEngine;
use super::operation::{Answer, Operation, Question};
use super::pipeline::StorePipeline;
use super::reading::{Origin, Reading};
use super::repeat::Repeat;
use super::request::{Addition, Request};
use crate::backend::{Command, Reply};
use crate::cache::Ttl;
use crate::codec::envelope::{self, Header, Sections, Token};
use crate::codec::{Codec, element};
use crate::error::{ErrorKind, Result};
use crate::key::{CacheKey, Key, Scope, Versions};
use crate::metrics::Counters;

/// Values, counters, lists, hashes, sets and sorted sets of one type, under keys of one namespace:
/// made by [`Larder::store`](crate::Larder::store).
///
/// ```
/// # use larder_runtime::{Larder, Result};
/// # use std::time::Duration;
/// # use serde::{Deserialize, Serialize};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// struct Session { user: u64, theme: String }
///
/// let larder = Larder::memory();
/// let sessions = larder.store::<Session>("sessions").ttl(Duration::from_secs(1800))?;
///
/// let token = "f3a9";
/// sessions.set(token, &Session { user: 7, theme: "light".into() }).await?;
/// sessions.update(token, |session| session.theme = "dark".into()).await?;
/// assert_eq!(sessions.get(token).await?.map(|session| session.theme), Some("dark".into()));
/// assert!(sessions.delete(token).await?);
/// assert_eq!(sessions.get(token).await?, None);
/// # Ok(())
/// # }
/// ```
///
/// Clones are the same store, and cost as much as cloning an `Arc`.
///
/// # Keys
/// Any [`CacheKey`] is a key: a number, a text, a tuple of them, your own type with the derive. The
/// server sees `{app}:{tenant}:={namespace}:{version}:{key}`; [`key`](Self::key) shows it. A store
/// and a cached function of the same namespace have nothing in common. A key holds one kind of
/// thing: asking a list for its members is [`ErrorKind::WrongType`], and only [`set`](Self::set),
/// [`set_many`](Self::set_many) and [`delete`](Self::delete) do not ask what is there.
///
/// # How long things live
/// What replaces the whole of a key gives it the store's TTL anew: `set`, `set_many`,
/// `get_and_set`, `compare_and_set`. What changes a part of it leaves its end as it is, and gives
/// it one only if it makes the key: `incr`, `decr`, `update`, and everything on lists, hashes, sets
/// and sorted sets. [`expire`](Self::expire) sets the end by hand, [`with_ttl`](Self::with_ttl) for
/// single calls. A list, hash or set whose last item goes is gone itself.
///
/// # What cannot be read
/// Nothing found is `None`, 0 or empty, never an error. A *value* that is damaged, too large or of
/// another shape is `None`, too, and is counted in [`Larder::stats`](crate::Larder::stats). An
/// *element* of a list, a hash or a set that cannot be read is [`ErrorKind::Decode`], and one that
/// is larger than the Larder's `max_value_bytes` is [`ErrorKind::TooLarge`], for nothing could stand
/// in its place.
///
/// # Equal values
/// `sismember`, `srem`, `zscore`, `zrem` and what counts as the same member find values by their
/// encoding. A type with a `HashMap` or `HashSet` in it, which may encode equal values differently,
/// can be stored as a value, but is no member.
///
/// # When the backend is away
/// Every operation is [`ErrorKind::Unreachable`] or [`ErrorKind::Timeout`], at the latest after the
/// Larder's command timeout (1 s unless set). What may safely be done twice is sent again until
/// then: everything that reads, `set`, `set_many`, `set_fenced`, `hset`, `hset_many`, `expire` and
/// `clear`. All else is sent once, since its answer or its effect would be another the second time:
/// after an error the server may have done it or not, and with no connection it fails at once. So is
/// a pipeline that writes a key of which it has told something before.
pub struct Store<T> {
    space: Arc<Space>,
    ttl: Ttl,
    value: PhantomData<fn() -> T>,
}

/// Where a store's keys are, and how its values are written.
#[derive(Debug)]
pub(super) struct Space {
    pub(super) engine: Arc<StoreEngine>,
    pub(super) scope: Scope,
    pub(super) namespace: &'static str,
    pub(super) version: u32,
    pub(super) codec: Codec,
    pub(super) counters: Arc<Counters>,
}

impl<T> Store<T> {
    pub(super) fn new(space: Space, ttl: Ttl) -> Self {
        Self {
            space: Arc::new(space),
            ttl,
            value: PhantomData,
        }
    }

    /// The same store, whose writes through this handle give keys this long to live.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result, Ttl};
    /// # use std::time::Duration;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let tokens = Larder::memory().store::<String>("tokens").ttl(Duration::from_secs(3600))?;
    /// let soon = Duration::from_secs(60);
    /// tokens.with_ttl(soon).set("reset", &"f3a9".to_owned()).await?;
    /// assert!(tokens.ttl("reset").await? <= Some(Ttl::after(soon)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// With a TTL of zero, writes are [`ErrorKind::Configuration`].
    #[must_use]
    pub fn with_ttl(&self, ttl: impl Into<Ttl>) -> Self {
        Self {
            ttl: ttl.into(),
            ..self.clone()
        }
    }

    /// The key as the server sees it.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # fn main() -> Result<()> {
    /// let larder = Larder::builder().app("shop").on_memory(&Default::default()).tenant("acme");
    /// let carts = larder.store::<String>("carts").durable()?;
    /// assert_eq!(carts.key(&(7, "eu")), "shop:acme:=carts:1:(7,eu,)");
    /// # Ok(())
    /// # }
    /// ```
    pub fn key<K: CacheKey + ?Sized>(&self, key: &K) -> String {
        self.key_of(key).to_string()
    }

    /// A pipeline, to which operations of this store and of all others of its Larder can be added.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let names = Larder::memory().store::<String>("names").durable()?;
    /// let mut pipeline = names.pipeline();
    /// pipeline.add(names.set(&1, &"Ann".to_owned()));
    /// let name = pipeline.add(names.get(&1));
    /// assert_eq!(pipeline.run().await?.take(name)?, Some("Ann".to_owned()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn pipeline(&self) -> StorePipeline {
        StorePipeline::new(Arc::clone(&self.space.engine))
    }

    /// Removes every key of this namespace (of this app and tenant, all versions) and answers how
    /// many there were. Cached functions, other stores, tenants and applications keep theirs.
    ///
    /// The fences of [`set_fenced`](Self::set_fenced) stay: were one forgotten, whoever has lost his
    /// lock and does not know it yet could write again what was just removed. They are not counted,
    /// and those of a durable store have no end.
    ///
    /// Takes one round trip for each thousand keys *of the whole server*, each with the command
    /// timeout for itself, and another where some are to be removed: it is for deploys and repairs,
    /// not for requests.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let names = Larder::memory().store::<String>("names").durable()?;
    /// names.set_many([(1, "Ann".to_owned()), (2, "Bob".to_owned())]).await?;
    /// assert_eq!(names.clear().await?, 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The backend's. What was removed by then stays removed; calling again goes on. Keys that were
    /// removed while the connection broke may not be counted.
    pub async fn clear(&self) -> Result<u64> {
        let Space {
            scope, namespace, ..
        } = &*self.space;
        let pattern = scope.namespace_pattern(namespace, Versions::Any);
        let cleared = self.space.engine.context().clear(&pattern).await;
        cleared.map_err(|error| self.origin("clear").explain(error))
    }

    pub(super) fn engine(&self) -> &StoreEngine {
        &self.space.engine
    }

    pub(super) fn key_of<K: CacheKey + ?Sized>(&self, key: &K) -> Key {
        let Space {
            scope,
            namespace,
            version,
            ..
        } = &*self.space;
        scope.key(namespace, *version, |writer| writer.arg(key))
    }

    /// What is needed to understand an answer about this key.
    pub(super) fn reading(&self, operation: &'static str, key: Key) -> Reading {
        Reading {
            origin: self.origin(operation),
            key,
            codec: self.space.codec,
            max_bytes: self.space.engine.context().limits().max_value_bytes,
            counters: Arc::clone(&self.space.counters),
        }
    }

    pub(super) fn origin(&self, operation: &'static str) -> Origin {
        Origin {
            operation,
            namespace: self.space.namespace,
        }
    }

    /// The TTL of what is written, in milliseconds; 0 for none.
    pub(super) fn ttl_millis(&self, operation: &'static str) -> Result<u64> {
        self.ttl.to_millis().ok_or_else(|| {
            let message = "the TTL is zero: to remove a key, delete it";
            self.origin(operation)
                .error(ErrorKind::Configuration, message)
        })
    }

    /// An operation that runs this command on this key.
    pub(super) fn operation<R>(
        &self,
        key: Key,
        command: Command,
        repeat: Repeat,
        read: fn(&Reading, Reply) -> Result<R>,
    ) -> Operation<R> {
        Operation::asking(Ok(self.question(
            key,
            Request::Command(command),
            repeat,
            read,
        )))
    }

    /// An operation that adds to a key and gives it the store's TTL if it makes it.
    pub(super) fn addition<R>(
        &self,
        addition: Result<Addition>,
        repeat: Repeat,
        read: fn(&Reading, Reply) -> Result<R>,
    ) -> Operation<R> {
        Operation::asking(addition.and_then(|addition| {
            let key = addition.key().clone();
            let request = match self.ttl_millis(addition.name())? {
                0 => Request::Command(addition.into_command()),
                millis => Request::Create(addition, millis),
            };
            Ok(self.question(key, request, repeat, read))
        }))
    }

    fn question<R>(
        &self,
        key: Key,
        request: Request,
        repeat: Repeat,
        read: fn(&Reading, Reply) -> Result<R>,
    ) -> Question<R> {
        let reading = self.reading(request.name(), key);
        Question {
            engine: Arc::clone(&self.space.engine),
            request,
            repeat,
            answer: Answer { reading, read },
        }
    }
}

impl<T: Serialize> Store<T> {
    /// A value as it is stored: in an envelope that says nothing of when and by whom, so that equal
    /// values are equal bytes.
    pub(super) fn envelope(
        &self,
        operation: &'static str,
        key: &Key,
        value: &T,
    ) -> Result<Vec<u8>> {
        let codec = self.space.codec;
        let header = Header {
            codec,
            fingerprint: 0,
            stored_at: 0,
            fresh_until: None,
            cost: Duration::ZERO,
            token: Token::default(),
        };
        let written = envelope::write_value(key.as_bytes(), &header, Sections::NONE, |into| {
            codec.encode(value, into)
        });
        self.checked(operation, written)
    }

    /// A value as it stands in a list, a hash or a set.
    pub(super) fn element(&self, operation: &'static str, value: &T) -> Result<Vec<u8>> {
        self.checked(operation, element::write(self.space.codec, value))
    }

    fn checked(&self, operation: &'static str, written: Result<Vec<u8>>) -> Result<Vec<u8>> {
        let origin = self.origin(operation);
        let written = written.map_err(|error| origin.explain(error))?;
        if written.len() > self.space.engine.context().limits().max_value_bytes {
            let message = "the value is larger than max_value_bytes";
            return Err(origin.error(ErrorKind::TooLarge, message));
        }
        Ok(written)
    }
}

impl<T> Clone for Store<T> {
    fn clone(&self) -> Self {
        Self {
            space: Arc::clone(&self.space),
            ttl: self.ttl,
            value: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("scope", &self.space.scope)
            .field("namespace", &self.space.namespace)
            .field("version", &self.space.version)
            .field("codec", &self.space.codec)
            .field("ttl", &self.ttl)
            .finish()
    }
}
