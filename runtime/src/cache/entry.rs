//! The entry of one call of a cached function, to be looked at and changed by hand.

use std::fmt;
use std::future::Future;
use std::pin::pin;

use super::call::CacheCall;
use super::life::Life;
use super::local::InvalidationToken;
use super::operation::CacheOperation;
use super::policy::Policy;
use super::rules::{ErrorRules, ValueRules};
use super::session::{Around, Session, Verb};
use super::shape::{CacheValue, Direct, Fallible, Shape};
use super::ttl::Ttl;
use super::verbs::Given;
use crate::error::Result;
use crate::key::{CacheKey, Tag};

/// One entry of a cache, as the companions of a cached function see it: `user::entry(7)`, or
/// `Repo::user_entry(7)` for a method.
///
/// An entry is a name, not a snapshot: every verb asks the backend anew, and takes at most the
/// command timeout of the Larder (1 s unless set); those that wait for a load which is under way,
/// at most the [`wait`](crate::CacheSpec::wait) of the cache besides. Where there is no Larder or
/// no tenant, every verb says so.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::Larder;
///
/// let users = Larder::memory().cache::<String>(USERS);
/// let entry = users.entry(|key| key.arg(&7_u64));
///
/// let loaded = entry.get_or_load(async { "Ada".to_owned() }).await;
/// assert_eq!(entry.peek().await?, Some(loaded));
/// entry.put(&"Grace".to_owned()).await?;
/// assert!(entry.ttl().await?.is_some());
/// entry.invalidate().await?;
/// assert_eq!(entry.peek().await?, None);
/// # Ok(())
/// # }
/// ```
pub struct Entry<V> {
    call: CacheCall,
    rules: ValueRules<V>,
}

impl<V> Entry<V> {
    pub(crate) fn new(call: CacheCall, rules: ValueRules<V>) -> Self {
        Self { call, rules }
    }

    /// What the entry is of, whatever its values are.
    pub(crate) fn into_call(self) -> CacheCall {
        self.call
    }

    /// Lists the entry under this value of the index, beside those that the value of the entry has
    /// ([`Cache::index`](crate::Cache::index)): for what only the caller knows. It holds of
    /// whatever this handle stores.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// let users = larder::Larder::memory().cache::<String>(USERS).index_by_caller("session");
    ///
    /// let entry = users.entry(|key| key.arg(&7_u64)).index("session", "s-1");
    /// entry.put(&"Ada".to_owned()).await?;
    /// assert_eq!(users.by_index("session", "s-1").await?, ["Ada"]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn index<K: CacheKey + ?Sized>(mut self, index: &'static str, value: &K) -> Self {
        self.call.group(|groups| groups.list(index, value));
        self
    }

    /// Gives the entry a tag: it is as good as gone when the tag is invalidated
    /// ([`Larder::invalidate_tag`]). A stored value that lacks a tag of this handle is a miss to
    /// it.
    ///
    /// [`Larder::invalidate_tag`]: crate::Larder::invalidate_tag
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// let larder = larder::Larder::memory();
    /// let entry = larder.cache::<u64>(USERS).entry(|key| key.arg(&7_u64)).tag("user:7");
    /// entry.put(&1).await?;
    /// larder.invalidate_tag("user:7").await?;
    /// assert_eq!(entry.peek().await?, None);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn tag(mut self, tag: impl AsRef<str>) -> Self {
        self.call.group(|groups| groups.tag(Tag::new(tag.as_ref())));
        self
    }

    /// The key under which the backend has it.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let entry = larder::Larder::memory().cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    /// assert_eq!(entry.key()?, "larder::users:1:7");
    /// # Ok(())
    /// # }
    /// ```
    pub fn key(&self) -> Result<String> {
        self.call.key()
    }

    /// Removes the entry and voids any load of it that is under way, so that no later call sees
    /// what was there or was being loaded. The same arguments under the version before and the
    /// version after are covered too.
    ///
    /// Copies that other processes keep are dropped when the server has told them, within
    /// milliseconds. Whoever cannot wait for that passes on the token which this answers, to be
    /// asked for with [`at_least`](crate::at_least).
    ///
    /// # Errors
    /// The backend's. If it was away the invalidation [is queued](crate::Error::is_queued), and
    /// tried until it is done: see [`Invalidation`](crate::Invalidation). Otherwise the entry may
    /// still be there.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let entry = larder::Larder::memory().cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    /// entry.put(&1).await?;
    /// entry.invalidate().await?;
    /// assert_eq!(entry.peek().await?, None);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn invalidate(&self) -> Result<InvalidationToken> {
        self.call.invalidate().await
    }

    /// How long the entry will still live; `None` if nothing is stored, [`Ttl::NEVER`] if it has no
    /// end.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let entry = larder::Larder::memory().cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    /// use larder::Ttl;
    ///
    /// assert_eq!(entry.ttl().await?, None);
    /// entry.put(&1).await?;
    /// let left = entry.ttl().await?.and_then(Ttl::duration);
    /// assert!(left.is_some_and(|left| left.as_secs() <= 300));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn ttl(&self) -> Result<Option<Ttl>> {
        self.call.ttl().await
    }
}

impl<V: CacheValue> Entry<V> {
    /// The stored value, without loading. `None` if nothing is stored, or nothing that this build
    /// can read.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let entry = larder::Larder::memory().cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    /// assert_eq!(entry.peek().await?, None);
    /// entry.put(&1).await?;
    /// assert_eq!(entry.peek().await?, Some(1));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn peek(&self) -> Result<Option<V>> {
        let held = self.call.look().await?;
        self.call.read(held)
    }

    /// Stores this value in the place of what is there, and voids any load that is under way.
    ///
    /// # Errors
    /// The backend's; [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge),
    /// [`Encode`](crate::ErrorKind::Encode) and [`Configuration`](crate::ErrorKind::Configuration)
    /// (a TTL of zero) for values that cannot be stored.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let entry = larder::Larder::memory().cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    /// entry.put(&1).await?;
    /// assert_eq!(entry.get_or_load(async { 2 }).await, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn put(&self, value: &V) -> Result<()> {
        let given = Given::new(&self.call.spec, &self.rules, value);
        self.call.put(given).await
    }

    /// Puts this value when it is awaited. If it cannot be put, what is there is invalidated: it is
    /// not what is meant any more.
    pub(crate) fn putting(&self, value: &V) -> CacheOperation<()> {
        let given = Given::new(&self.call.spec, &self.rules, value);
        let call = self.call.clone();
        CacheOperation::new("put", async move { call.put_or_invalidate(given).await })
    }

    /// The stored value, or what `load` answers: it runs at most once, and not at all when there is
    /// a value. One load runs for all callers of the fleet; the others wait for it.
    ///
    /// With the backend away, `load` runs, at most the call budget later.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let entry = larder::Larder::memory().cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    /// assert_eq!(entry.get_or_load(async { 1 }).await, 1);
    /// assert_eq!(entry.get_or_load(async { 2 }).await, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_or_load(&self, load: impl Future<Output = V>) -> V {
        let policy = Policy::<Direct<V>>::new(self.rules.clone(), ErrorRules::new());
        let call = self.call.clone();
        let call = Session::new(Verb::Cached, call, policy);
        let body = pin!(load);
        Around { call, body }.await
    }

    /// Like [`get_or_load`](Self::get_or_load), by a future that may fail. Its error goes to this
    /// caller and is not stored.
    ///
    /// # Errors
    /// Those of `load`.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let entry = larder::Larder::memory().cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    /// let failed = entry.try_get_or_load(async { Err("no database") }).await;
    /// assert_eq!(failed, Err("no database"));
    /// let loaded = entry.try_get_or_load(async { Ok::<_, &str>(1) }).await;
    /// assert_eq!(loaded, Ok(1));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn try_get_or_load<E>(
        &self,
        load: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E> {
        self.try_get_or_load_with(&ErrorRules::new(), load).await
    }

    /// Like [`try_get_or_load`](Self::try_get_or_load), with a say in what becomes of errors:
    /// whether those who wait get them too, which are stored, and whether the backend's own is one.
    ///
    /// # Errors
    /// Those of `load`; the backend's with [`ErrorRules::fail_on_error`].
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let entry = larder::Larder::memory().cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    /// use larder::ErrorRules;
    ///
    /// let rules = ErrorRules::new().share();
    /// let failed = entry.try_get_or_load_with(&rules, async { Err("no database") }).await;
    /// assert_eq!(failed, Err("no database"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn try_get_or_load_with<E>(
        &self,
        errors: &ErrorRules<E>,
        load: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E> {
        let policy = Policy::<Fallible<Result<V, E>>>::new(self.rules.clone(), errors.clone());
        let call = self.call.clone();
        let call = Session::new(Verb::Cached, call, policy);
        let body = pin!(load);
        Around { call, body }.await
    }

    /// Changes the stored value by `change` and answers what it is then; `None`, without changing
    /// anything, if there is none that this build can read. The entry lives as long as it would
    /// have lived, and keeps its tags; it is listed under what it is now. A value that `change`
    /// makes absent lives for [`none_ttl`](crate::CacheSpec::none_ttl) from now on, where there is
    /// one. What builds of the version before and after have of the entry is removed, whether there
    /// is a value here or not.
    ///
    /// No change that others make at the same time is lost. If somebody was faster, `change` is run
    /// again, on what they have stored: it should do nothing but change the value. A load that is
    /// under way is waited for, for as long as the [`wait`](crate::CacheSpec::wait) of the cache.
    /// If the entry is invalidated meanwhile, it stays so. Change only what is changed at the
    /// source too, and there first: what is stored stands for what a load would read. Where values
    /// are loaded, let `change` set what is so now and not add to what was: a load that comes
    /// between the two has read the new state already, and `change` is made to that as well.
    ///
    /// # Errors
    /// The backend's; [`ErrorKind::LoadTimeout`](crate::ErrorKind::LoadTimeout) if a load takes
    /// longer than the wait: nothing was changed, and what it has read may be what was there before
    /// the change at the source, so try again, or invalidate. [`Timeout`](crate::ErrorKind::Timeout)
    /// if others were faster for as long as the command timeout. Each write is sent once: after
    /// `Timeout` or [`Unreachable`](crate::ErrorKind::Unreachable) the change may have been made.
    /// [`TooLarge`](crate::ErrorKind::TooLarge), [`Encode`](crate::ErrorKind::Encode) and
    /// [`Configuration`](crate::ErrorKind::Configuration) (a TTL of zero) for values that cannot be
    /// stored.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let entry = larder::Larder::memory().cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    /// entry.put(&1).await?;
    /// assert_eq!(entry.update(|count| *count += 1).await?, Some(2));
    /// entry.invalidate().await?;
    /// assert_eq!(entry.update(|count| *count += 1).await?, None);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn update(&self, change: impl FnMut(&mut V)) -> Result<Option<V>> {
        self.call.update(&self.rules, Life::Kept, change).await
    }

    /// Lets the stored value live as long from now as if it were put now, and answers whether there
    /// is one that this build can read. To [`refresh_every`](crate::CacheSpec::refresh_every) it is
    /// as old as it was.
    ///
    /// # Errors
    /// Those of [`update`](Self::update).
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let entry = larder::Larder::memory().cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    /// assert!(!entry.touch().await?);
    /// entry.put(&1).await?;
    /// assert!(entry.touch().await?);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn touch(&self) -> Result<bool> {
        let touched = self.call.update(&self.rules, Life::Anew, |_| ()).await?;
        Ok(touched.is_some())
    }

    /// The stored value, or this one, which is stored then. Of all callers of the fleet one stores
    /// its value, and all have that one; a load that is under way comes first, and is waited for as
    /// long as the [`wait`](crate::CacheSpec::wait) of the cache.
    ///
    /// What is stored stays as it is, also where a call that loads would refresh it, and whatever is
    /// answered was stored. Whoever sets a value wants it stored, as whoever
    /// [puts](Self::put) one does.
    ///
    /// # Errors
    /// The backend's, which is asked within the call budget:
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) and
    /// [`Unreachable`](crate::ErrorKind::Unreachable) say that the value may have been stored or
    /// not, as does `Timeout` when others came first for as long as the command timeout.
    /// [`LoadTimeout`](crate::ErrorKind::LoadTimeout) if a load takes longer than the wait, and
    /// those of [`put`](Self::put) for values that cannot be stored: then nothing was.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let entry = larder::Larder::memory().cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    /// assert_eq!(entry.get_or_set(1).await?, 1);
    /// assert_eq!(entry.get_or_set(2).await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_or_set(&self, value: V) -> Result<V> {
        self.call.get_or_set(&self.rules, value).await
    }

    /// Loads anew by this future and stores its value, unless the entry is invalidated or
    /// overwritten meanwhile. Other callers read the old value until then. If the new one is not to
    /// be stored, the old one is removed all the same.
    ///
    /// With the backend away, `load` runs and nothing is stored.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let entry = larder::Larder::memory().cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    /// entry.put(&1).await?;
    /// assert_eq!(entry.refresh(async { 2 }).await, 2);
    /// assert_eq!(entry.peek().await?, Some(2));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn refresh(&self, load: impl Future<Output = V>) -> V {
        let policy = Policy::<Direct<V>>::new(self.rules.clone(), ErrorRules::new());
        let call = self.call.clone();
        let call = Session::new(Verb::Refreshed, call, policy);
        Around { call, body: load }.await
    }

    /// Like [`refresh`](Self::refresh), by a future that may fail. After an error what was stored
    /// before stays.
    ///
    /// # Errors
    /// Those of `load`.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let entry = larder::Larder::memory().cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    /// entry.put(&1).await?;
    /// assert_eq!(entry.try_refresh(async { Err("no database") }).await, Err("no database"));
    /// assert_eq!(entry.peek().await?, Some(1));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn try_refresh<E>(&self, load: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        let policy = Policy::<Fallible<Result<V, E>>>::new(self.rules.clone(), ErrorRules::new());
        let call = self.call.clone();
        let call = Session::new(Verb::Refreshed, call, policy);
        Around { call, body: load }.await
    }
}

impl<V> Entry<V> {
    /// The call, and all that is said of what its load answers.
    pub(crate) fn parts<S>(&self, errors: ErrorRules<S::Error>) -> (CacheCall, Policy<S>)
    where
        S: Shape<Value = V>,
    {
        (self.call.clone(), Policy::new(self.rules.clone(), errors))
    }
}

impl<V> Clone for Entry<V> {
    fn clone(&self) -> Self {
        Self {
            call: self.call.clone(),
            rules: self.rules.clone(),
        }
    }
}

impl<V> fmt::Debug for Entry<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("key", &self.key()).finish()
    }
}
