//! Secondary indexes by plain calls.

use std::fmt;
use std::marker::PhantomData;

use super::Cache;
use crate::cache::shape::CacheValue;
use crate::cache::{Group, GroupPages, IndexValues, Rule, Sight};
use crate::error::{Error, ErrorKind, Result};
use crate::key::{CacheKey, IndexValue};

/// # Indexes
/// A cache with an index knows all entries with a value: to read, to name and to invalidate them.
/// It costs one round trip more for each value that is stored, and nothing when one is read by its
/// key.
impl<V> Cache<V> {
    /// Indexes the entries by something in their values: `rule` says under what a value is listed,
    /// never, once or several times.
    ///
    /// All builds that share a namespace and version must have the same rules: an entry stays
    /// listed as the build that stored it has listed it. To change a rule, count the version up.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct User { team: u32, name: String }
    ///
    /// let users = larder::Larder::memory()
    ///     .cache::<User>(USERS)
    ///     .index("team", |user, team| team.value(&user.team));
    ///
    /// let ada = User { team: 3, name: "Ada".to_owned() };
    /// users.entry(|key| key.arg(&7_u64)).put(&ada).await?;
    /// assert_eq!(users.by_index("team", &3).await?[0].name, "Ada");
    /// assert_eq!(users.invalidate_index("team", &3).await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn index(
        mut self,
        name: &'static str,
        rule: impl Fn(&V, &mut IndexValues) + Send + Sync + 'static,
    ) -> Self
    where
        V: 'static,
    {
        let before = self.rules.judge_mut().take_lists();
        self.rules.judge_mut().lists(Rule::shared(move |value: &V| {
            let before = before.as_ref().and_then(|before| before.ask(value));
            let mut values = before.unwrap_or_default();
            rule(value, values.of(name));
            values
        }));
        self.index_by_caller(name)
    }

    /// Declares an index whose values the callers know and the value does not: see
    /// [`Entry::index`](crate::Entry::index).
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// let names = larder::Larder::memory().cache::<String>(USERS).index_by_caller("team");
    /// names.entry(|key| key.arg(&7_u64)).index("team", &3).put(&"Ada".to_owned()).await?;
    ///
    /// assert_eq!(names.by_index("team", &3).await?, ["Ada"]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn index_by_caller(mut self, name: &'static str) -> Self {
        if !self.indexes.contains(&name) {
            self.indexes.push(name);
        }
        self
    }

    /// How many entries and loads were invalidated: all entries with this value, those of the
    /// version before and after too, and every load under way that turns out to have it. Costs a
    /// few round trips for each 128 entries, none of which holds up the server.
    ///
    /// # Errors
    /// The backend's: then some of them may still be there. If it
    /// [is queued](crate::Error::is_queued), it is gone on with until it is done; otherwise calling
    /// again goes on. [`ErrorKind::Configuration`] for an index that this cache does not have.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let users = larder::Larder::memory().cache::<u32>(USERS).index("team", |team, values| values.value(team));
    /// # for id in 0..3_u64 { users.entry(|key| key.arg(&id)).put(&3).await?; }
    /// assert_eq!(users.invalidate_index("team", &3).await?, 3);
    /// assert_eq!(users.invalidate_index("team", &3).await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn invalidate_index<K: CacheKey + ?Sized>(
        &self,
        index: &'static str,
        value: &K,
    ) -> Result<u64> {
        self.group(index, value)?.invalidate().await
    }

    /// The keys of all entries with this value, in no order. Entries that are only being loaded are
    /// not among them.
    ///
    /// # Errors
    /// The backend's; [`ErrorKind::Configuration`] for an index that this cache does not have.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let users = larder::Larder::memory().cache::<u32>(USERS).index("team", |team, values| values.value(team));
    /// # for id in 0..3_u64 { users.entry(|key| key.arg(&id)).put(&3).await?; }
    /// let mut keys = users.keys_by_index("team", &3).await?;
    /// keys.sort();
    /// assert_eq!(keys, ["larder::users:1:0", "larder::users:1:1", "larder::users:1:2"]);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn keys_by_index<K: CacheKey + ?Sized>(
        &self,
        index: &'static str,
        value: &K,
    ) -> Result<Vec<String>> {
        self.group(index, value)?.keys().await
    }

    /// All entries with this value of an index; the error waits for whoever asks.
    fn group<K: CacheKey + ?Sized>(&self, index: &'static str, value: &K) -> Result<Group> {
        if !self.indexes.contains(&index) {
            let message = format!(
                "this cache has no index {index:?}, only {:?}: declare it with Cache::index",
                self.indexes
            );
            let error = Error::new(ErrorKind::Configuration, "index", message);
            return Err(error.with("namespace", self.spec.namespace));
        }
        let sight = match self.indexes.len() {
            1 => Sight::Blind,
            _ => Sight::Look,
        };
        let value = IndexValue::new(index, |writer| writer.arg(value));
        let larder = self.owner.larder()?;
        larder.index_group(self.spec.clone(), value, sight)
    }
}

impl<V: CacheValue> Cache<V> {
    /// The values of all entries with this value of an index, in no order: exactly those that a
    /// read by key would find. Reads 128 entries at a time; where there may be very many, read them
    /// [page by page](Self::pages_by_index).
    ///
    /// # Errors
    /// The backend's; [`ErrorKind::Configuration`] for an index that this cache does not have.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let users = larder::Larder::memory().cache::<u32>(USERS).index("team", |team, values| values.value(team));
    /// # for id in 0..3_u64 { users.entry(|key| key.arg(&id)).put(&3).await?; }
    /// assert_eq!(users.by_index("team", &3).await?, [3, 3, 3]);
    /// assert!(users.by_index("team", &4).await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn by_index<K: CacheKey + ?Sized>(
        &self,
        index: &'static str,
        value: &K,
    ) -> Result<Vec<V>> {
        self.group(index, value)?.values().await
    }

    /// The keys and values of all entries with this value of an index, page by page.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for an index that this cache does not have; see
    /// [`IndexPages::next`] for the others.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let users = larder::Larder::memory().cache::<u32>(USERS).index("team", |team, values| values.value(team));
    /// # for id in 0..3_u64 { users.entry(|key| key.arg(&id)).put(&3).await?; }
    /// let mut pages = users.pages_by_index("team", &3)?;
    /// let mut found = 0;
    /// while let Some(page) = pages.next().await? {
    ///     found += page.len();
    /// }
    /// assert_eq!(found, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn pages_by_index<K: CacheKey + ?Sized>(
        &self,
        index: &'static str,
        value: &K,
    ) -> Result<IndexPages<V>> {
        Ok(IndexPages::new(self.group(index, value)?))
    }
}

/// A walk through the entries with one value of an index: see [`Cache::pages_by_index`]. Nothing is
/// asked before [`next`](Self::next) is, and dropping it ends it.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// # let users = larder::Larder::memory().cache::<u32>(USERS).index("team", |team, values| values.value(team));
/// # users.entry(|key| key.arg(&7_u64)).put(&3).await?;
/// let mut pages: larder::IndexPages<u32> = users.pages_by_index("team", &3)?;
/// while let Some(page) = pages.next().await? {
///     for (key, team) in page {
///         println!("{key}: {team}");
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct IndexPages<V> {
    pages: GroupPages,
    values: PhantomData<fn() -> V>,
}

impl<V> IndexPages<V> {
    pub(crate) fn new(group: Group) -> Self {
        Self {
            pages: group.pages(),
            values: PhantomData,
        }
    }
}

impl<V: CacheValue> IndexPages<V> {
    /// The keys and values of about 128 entries more, or fewer: a page may be empty although others
    /// follow. `None` after the last. No entry comes twice; one that is stored or removed meanwhile
    /// may or may not come.
    ///
    /// # Errors
    /// The backend's.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let users = larder::Larder::memory().cache::<u32>(USERS).index("team", |team, values| values.value(team));
    /// # for id in 0..3_u64 { users.entry(|key| key.arg(&id)).put(&3).await?; }
    /// let mut pages = users.pages_by_index("team", &3)?;
    /// let first = pages.next().await?.unwrap_or_default();
    /// assert_eq!(first.len(), 3);
    /// assert!(pages.next().await?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn next(&mut self) -> Result<Option<Vec<(String, V)>>> {
        let page = self.pages.next().await?;
        let named = |(key, value): (crate::key::Key, V)| (key.to_string(), value);
        Ok(page.map(|page| page.into_iter().map(named).collect()))
    }
}

impl<V> fmt::Debug for IndexPages<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IndexPages").field(&self.pages).finish()
    }
}
