//! Caches by plain calls.

use std::fmt;

use super::Larder;
use crate::cache::probe::{Absent, Cloning};
use crate::cache::{
    CacheCall, CacheSpec, Declaration, Demand, Entry, Local, Rule, Ttl, ValueRules,
};
use crate::error::Result;
use crate::key::{Arguments, KeyWriter, Tag};
use crate::metrics::CacheStats;

/// A cache by plain calls: everything that an annotated function does, on a Larder that is given.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::{CacheSpec, Larder, Ttl};
/// use std::time::Duration;
///
/// const PRICES: CacheSpec = CacheSpec::new("prices", Ttl::after(Duration::from_secs(60)));
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// let prices = Larder::memory().cache::<u64>(PRICES);
/// let of_tea = prices.entry(|key| key.arg("tea"));
///
/// let price = of_tea.get_or_load(async { 250 }).await;   // one load per key across the fleet
/// of_tea.invalidate().await?;                            // no later call sees the old value
/// # assert_eq!(price, 250);
/// # Ok(())
/// # }
/// ```
///
/// An annotated function with the same namespace, version, codec and arguments has the same
/// entries: the two can be mixed, unless the function or its type is generic. The keys are of the
/// Larder that made the cache, with its tenant. Clones are the same cache.
///
/// One that is declared with `larder::cache!` is of no Larder in particular: at each call it is a
/// cache of the one that annotated functions use there. Without one, its entries say so.
pub struct Cache<V> {
    pub(super) owner: Owner,
    pub(super) spec: Declaration,
    pub(super) rules: ValueRules<V>,
    /// The names of the indexes.
    pub(super) indexes: Vec<&'static str>,
    /// The tags of every entry.
    pub(super) tags: Vec<String>,
}

/// Whose a cache is.
#[derive(Clone, Debug)]
pub(super) enum Owner {
    /// This Larder's.
    Known(Larder),
    /// That of whichever Larder is in use at a call.
    Found(fn() -> Result<Larder>),
}

impl Owner {
    /// The Larder that a call is for.
    pub(super) fn larder(&self) -> Result<Larder> {
        match self {
            Self::Known(larder) => Ok(larder.clone()),
            Self::Found(find) => find(),
        }
    }
}

impl Larder {
    /// The cache of this declaration, whose values are of type `V`. It costs nothing to make: keep
    /// it, or make it anew for each call.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::Larder;
    ///
    /// let larder = Larder::memory();
    /// let users = larder.cache::<String>(USERS);
    /// let acme = larder.tenant("acme").cache::<String>(USERS);   // the same cache of one tenant
    /// # Ok(())
    /// # }
    /// ```
    pub fn cache<V>(&self, spec: CacheSpec) -> Cache<V> {
        Cache {
            owner: Owner::Known(self.clone()),
            spec: Declaration::made(spec).of_values::<V>(),
            rules: ValueRules::new(),
            indexes: Vec::new(),
            tags: Vec::new(),
        }
    }
}

impl<V> Cache<V> {
    /// A cache of whichever Larder this finds at each call.
    pub(crate) const fn found(
        find: fn() -> Result<Larder>,
        spec: Declaration,
        rules: ValueRules<V>,
    ) -> Self {
        Self {
            owner: Owner::Found(find),
            spec,
            rules,
            indexes: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// The value decides how long it lives; the spec's TTL is the ceiling. Zero means that it is
    /// not stored.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// use larder::Larder;
    /// use std::time::Duration;
    ///
    /// // Short names change often.
    /// let names = Larder::memory()
    ///     .cache::<String>(USERS)
    ///     .ttl_from(|name| Duration::from_secs(if name.len() < 3 { 10 } else { 300 }));
    /// ```
    #[must_use]
    pub fn ttl_from<T: Into<Ttl>>(mut self, rule: impl Fn(&V) -> T + Send + Sync + 'static) -> Self
    where
        V: 'static,
    {
        let rule = move |value: &V| rule(value).into();
        self.rules.judge_mut().ttl_from(Rule::shared(rule));
        self
    }

    /// The value decides whether it is stored after a load. What is [`put`](Entry::put) is stored
    /// whatever this says.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// use larder::Larder;
    ///
    /// let names = Larder::memory().cache::<String>(USERS).store_if(|name| !name.is_empty());
    /// ```
    #[must_use]
    pub fn store_if(mut self, rule: impl Fn(&V) -> bool + Send + Sync + 'static) -> Self
    where
        V: 'static,
    {
        self.rules.judge_mut().store_if(Rule::shared(rule));
        self
    }

    /// Keeps copies of values in this process, whatever the Larder says, and clones them for each
    /// caller. (Without this, a cache whose [`CacheSpec`] has `local` keeps values as they are
    /// encoded, since not every type can be cloned.)
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// use larder::{Larder, Local};
    /// use std::sync::Arc;
    /// use std::time::Duration;
    ///
    /// // A clone of an `Arc` copies nothing.
    /// let names = Larder::memory()
    ///     .cache::<Arc<String>>(USERS)
    ///     .local(Local::For(Duration::from_secs(10)));
    /// ```
    #[must_use]
    pub fn local(mut self, local: Local) -> Self
    where
        V: Clone + Send + Sync + 'static,
    {
        self.spec = self.spec.changed(|spec| spec.local(local));
        self.rules.cloning(Cloning::by_clone());
        self
    }

    /// The entry of the call with these arguments, which `arguments` writes in their order:
    /// `|key| key.arg(&id)`.
    ///
    /// Nothing is asked of the backend yet.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::Larder;
    ///
    /// let members = Larder::memory().cache::<u64>(USERS);
    /// let (org, email) = (3_u32, "ada@example.org");
    ///
    /// // As the arguments of a function: `member(org, email)`.
    /// let entry = members.entry(|key| {
    ///     key.arg(&org);
    ///     key.arg(email);
    /// });
    /// assert_eq!(entry.key()?, "larder::users:1:3:ada@example.org");
    ///
    /// // As a template: `key = "{org}/{email}"`.
    /// let entry = members.entry(|key| {
    ///     key.part(&org);
    ///     key.literal("/");
    ///     key.part(email);
    /// });
    /// assert_eq!(entry.key()?, "larder::users:1:3/ada@example.org");
    /// # Ok(())
    /// # }
    /// ```
    pub fn entry(&self, arguments: impl FnOnce(&mut KeyWriter<'_>)) -> Entry<V> {
        let mut written = Arguments::new();
        arguments(&mut written.writer());
        let (target, demand) = match self.owner.larder() {
            Ok(larder) => (larder.target(&self.spec, &written), larder.demand()),
            Err(error) => (Err(error), Demand::default()),
        };
        let mut call = CacheCall::new(self.spec.clone(), target, demand);
        if !self.indexes.is_empty() || !self.tags.is_empty() {
            call.group(|groups| {
                if !self.indexes.is_empty() {
                    groups.indexed();
                }
                self.tags.iter().for_each(|tag| groups.tag(Tag::new(tag)));
            });
        }
        Entry::new(call, self.rules.clone())
    }

    /// Removes every value of this cache and voids the loads that are under way, as
    /// [`Larder::clear`] does. Answers how many there were.
    ///
    /// # Errors
    /// The backend's. What was removed by then stays removed.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// let users = larder::Larder::memory().cache::<u64>(USERS);
    /// users.entry(|key| key.arg(&7_u64)).put(&1).await?;
    /// assert_eq!(users.clear().await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn clear(&self) -> Result<u64> {
        self.owner.larder()?.clear(self.spec.namespace).await
    }

    /// What has happened in this cache's namespace since the Larder was made, all tenants together;
    /// nothing without a Larder.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// let users = larder::Larder::memory().cache::<u64>(USERS);
    /// assert_eq!(users.stats().loads, 0);
    /// ```
    pub fn stats(&self) -> CacheStats {
        let larder = self.owner.larder();
        larder.map_or_else(
            |_| CacheStats::default(),
            |larder| larder.stats(self.spec.namespace),
        )
    }
}

impl<T: 'static> Cache<Option<T>> {
    /// `None` is an absent value, as it is to an annotated function that returns an `Option`: it is
    /// stored for the spec's [`none_ttl`](CacheSpec::none_ttl), and without one it is not stored.
    /// Unless this is said, `None` is a value like any other.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::{Larder, Ttl};
    /// use std::time::Duration;
    ///
    /// let remembering = USERS.none_ttl(Ttl::after(Duration::from_secs(30)));
    /// let by_email = Larder::memory().cache::<Option<u64>>(remembering).optional();
    /// let entry = by_email.entry(|key| key.arg("nobody@example.org"));
    ///
    /// entry.get_or_load(async { None }).await;
    /// assert_eq!(entry.peek().await?, Some(None));   // that there is nobody is known
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.rules.absent(Absent::none());
        self
    }
}

impl<V> Cache<V> {
    /// What its values decide.
    pub(crate) fn rules(&self) -> &ValueRules<V> {
        &self.rules
    }

    /// Its name.
    pub(crate) fn namespace(&self) -> &'static str {
        self.spec.namespace
    }
}

impl<V> Clone for Cache<V> {
    fn clone(&self) -> Self {
        Self {
            owner: self.owner.clone(),
            spec: self.spec.clone(),
            rules: self.rules.clone(),
            indexes: self.indexes.clone(),
            tags: self.tags.clone(),
        }
    }
}

impl<V> fmt::Debug for Cache<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("owner", &self.owner)
            .field("spec", &self.spec)
            .field("rules", &self.rules)
            .field("indexes", &self.indexes)
            .field("tags", &self.tags)
            .finish()
    }
}
