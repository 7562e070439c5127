//! The handle: one Larder, cheap to clone, the same everywhere.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::backend::any::AnyBackend;
use crate::backend::{Backend, Resend};
use crate::cache::local::{Form, LocalCopy, Nearby, Served};
use crate::cache::{
    BatchDraft, CacheEngine, CacheSpec, Declaration, Demand, Group, InvalidationToken, Local, Row,
    Sight, Target, flush,
};
use crate::clock::Clock;
use crate::context::{Context, Limits};
use crate::error::{Error, ErrorKind, Result};
use crate::health::Health;
use crate::idempotency::{IdempotencyBuilder, IdempotencySpec, Records, Request};
use crate::key::{Arguments, BriefArguments, BriefKey, Feature, IndexValue, KeyWriter, Scope};
use crate::lock::{Lock, LockAddress, LockEngine, LockEngines, LockSpec, LockStats};
use crate::metrics::{CacheStats, Event};
use crate::permits::{Address, PermitCall, PermitEngine, PermitSpec, PermitsBuilder};
use crate::rate::{Check, LimiterBuilder, RateEngine, RateSpec, RateStats};
use crate::store::{StoreBuilder, StoreEngine};

mod builder;
mod cache;
mod clear;
mod env;
mod expired;
mod index;
mod many;
mod quorum;
mod tag;

pub use builder::LarderBuilder;
pub use cache::Cache;
pub use expired::{Expirations, ExpiredEntry, Expiry};
pub use index::IndexPages;
use quorum::QuorumServers;

/// A connection to where data lives, with everything that annotated functions need.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::Larder;
///
/// let larder = Larder::memory();   // or Larder::builder().url("redis://…").app("shop").build().await?
/// larder.install()?;               // annotated functions use it from now on
/// # Ok::<(), larder::Error>(())
/// ```
///
/// Clones are the same Larder. One for the whole process is enough: all functions share its connection.
#[derive(Clone)]
pub struct Larder {
    shared: Arc<Shared>,
    scope: Scope,
    tenant: Option<Arc<str>>,
    /// What its calls ask of copies in this process.
    demand: Demand,
}

struct Shared {
    app: String,
    tenancy: Tenancy,
    backend_name: &'static str,
    context: Arc<Context>,
    cache: Arc<CacheEngine>,
    rate: Arc<RateEngine>,
    locks: Arc<LockEngines>,
    store: Arc<StoreEngine>,
    idempotency: Arc<Records>,
    permits: Arc<PermitEngine>,
}

/// Whether calls must say whose data they touch.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::{ErrorKind, Larder, Tenancy};
///
/// let larder = Larder::builder().tenancy(Tenancy::Required).build().await?;
/// assert_eq!(larder.clear("users").await.unwrap_err().kind(), ErrorKind::TenantRequired);
/// assert_eq!(larder.tenant("acme").clear("users").await?, 0);
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tenancy {
    /// A call without a tenant has keys of its own, apart from every tenant's.
    #[default]
    Optional,
    /// A call without a tenant is an error.
    Required,
}

impl Larder {
    /// Settings for a Larder; without any, it is an embedded one.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::Larder;
    ///
    /// let larder = Larder::builder().app("shop").build().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> LarderBuilder {
        LarderBuilder::new()
    }

    /// A Larder with an embedded server of its own: nothing to install, nothing to fail. What it stores lives in this process,
    /// as long as the Larder does.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use larder::Larder;
    ///
    /// let larder = Larder::memory();
    /// ```
    #[cfg(feature = "memory")]
    pub fn memory() -> Self {
        Self::builder().on_new_memory()
    }

    /// The Larder of the settings in the environment: see [`LarderBuilder::from_env`].
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::Larder;
    ///
    /// // LARDER_URL=redis://cache.internal:6379 LARDER_APP=shop
    /// let larder = Larder::from_env().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn from_env() -> Result<Self> {
        LarderBuilder::from_env()?.build().await
    }

    /// The same Larder, whose keys are this tenant's: no other tenant reads or clears them.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::Larder;
    ///
    /// let acme = Larder::memory().tenant("acme");
    /// let removed = acme.clear("users").await?;      // of this tenant, and of no other
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn tenant(&self, name: impl AsRef<str>) -> Self {
        let name = name.as_ref();
        Self {
            shared: Arc::clone(&self.shared),
            scope: Scope::new(&self.shared.app, Some(name)),
            tenant: Some(name.into()),
            demand: self.demand,
        }
    }

    /// The same Larder, whose calls are not answered from a copy in this process that was read so long ago, or longer; with zero
    /// from none. For annotated functions there is [`max_age`](crate::max_age).
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const BALANCES: larder::CacheSpec = larder::CacheSpec::new("balances", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::{Larder, Local};
    /// use std::time::Duration;
    ///
    /// let larder = Larder::memory();
    /// let balances = larder.cache::<u64>(BALANCES).local(Local::WhileFresh);
    /// let exact = larder.max_age(Duration::ZERO).cache::<u64>(BALANCES).local(Local::WhileFresh);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn max_age(&self, limit: Duration) -> Self {
        self.clone().demanding(Demand::max_age(limit))
    }

    /// The same Larder, whose calls are not answered from a copy in this process of a value that was stored before the invalidation
    /// which answered this token. For annotated functions there is [`at_least`](crate::at_least).
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const BALANCES: larder::CacheSpec = larder::CacheSpec::new("balances", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # use larder::{Larder, Local};
    /// # let (here, there) = (Larder::memory(), Larder::memory());
    /// let token = here.cache::<u64>(BALANCES).entry(|key| key.arg(&7_u64)).invalidate().await?;
    ///
    /// // Another process, which was told the token:
    /// let balances = there.at_least(token).cache::<u64>(BALANCES).local(Local::WhileFresh);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn at_least(&self, token: InvalidationToken) -> Self {
        self.clone().demanding(Demand::at_least(token))
    }

    /// A typed store: values, counters, lists, hashes, sets and sorted sets of `T`, under keys of this namespace. It must be
    /// said how long they live, by [`ttl`](StoreBuilder::ttl) or [`durable`](StoreBuilder::durable).
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # use std::time::Duration;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let larder = Larder::memory();
    /// let carts = larder.store::<Vec<String>>("carts").ttl(Duration::from_secs(3600))?;
    ///
    /// carts.set(&7, &vec!["tea".to_owned()]).await?;
    /// assert_eq!(carts.get(&7).await?, Some(vec!["tea".to_owned()]));
    /// assert_eq!(carts.get(&8).await?, None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn store<T>(&self, namespace: &'static str) -> StoreBuilder<T> {
        let scope = self.key_scope("store").cloned();
        StoreBuilder::new(Arc::clone(&self.shared.store), scope, namespace)
    }

    /// Limits for keys of this namespace, for the whole fleet together.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let api = Larder::memory().limiter("api").limits("10/s, 1000/h")?;
    /// assert!(api.check("ada").await?.is_allowed());
    /// # Ok(())
    /// # }
    /// ```
    pub fn limiter(&self, namespace: &'static str) -> LimiterBuilder {
        let scope = self.key_scope("limiter").cloned();
        LimiterBuilder::new(Arc::clone(&self.shared.rate), scope, namespace)
    }

    /// What has happened at the limits of this namespace since the Larder was made, all tenants together.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let larder = Larder::memory();
    /// larder.limiter("api").limits("10/s")?.check("ada").await?;
    /// assert_eq!(larder.rate_stats("api").allowed, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn rate_stats(&self, namespace: &str) -> RateStats {
        self.shared.rate.stats(namespace)
    }

    /// Locks of keys of this namespace, for the whole fleet together.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let orders = Larder::memory().lock("orders");
    /// let guard = orders.acquire(&7).await?;
    /// println!("nobody else has order 7; writes with a fence below {} are late", guard.fence());
    /// # Ok(())
    /// # }
    /// ```
    pub fn lock(&self, namespace: &'static str) -> Lock {
        let scope = self.key_scope("lock").cloned();
        Lock::new(Arc::clone(&self.shared.locks), scope, namespace)
    }

    /// What has happened to the locks of this namespace since the Larder was made, all tenants together.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let larder = Larder::memory();
    /// larder.lock("orders").run(&7, async {}).await?;
    /// assert_eq!(larder.lock_stats("orders").acquired, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn lock_stats(&self, namespace: &str) -> LockStats {
        self.shared.locks.stats(namespace)
    }

    /// Permits for keys of this namespace: so many may run at a time, in the whole fleet.
    ///
    /// ```
    /// # use larder_runtime::{Larder, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let exports = Larder::memory().permits("exports").limit(10)?;
    /// let exported = exports.run("ada", async { "exported" }).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn permits(&self, namespace: &'static str) -> PermitsBuilder {
        let scope = self.key_scope("permits").cloned();
        PermitsBuilder::new(Arc::clone(&self.shared.permits), scope, namespace)
    }

    /// Calls that run once for each key of this namespace, and answer their stored result ever after.
    ///
    /// ```
    /// # use larder_runtime::{Error, Larder, Result};
    /// # use std::time::Duration;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let payments = Larder::memory().idempotency("payments").ttl(Duration::from_hours(24))?;
    /// let receipt = payments.run("7f3a", &1000_u64, async { Ok::<_, Error>(1) }).await?;
    /// assert_eq!(payments.run("7f3a", &1000_u64, async { Ok::<_, Error>(2) }).await?, receipt);
    /// # Ok(())
    /// # }
    /// ```
    pub fn idempotency(&self, namespace: &'static str) -> IdempotencyBuilder {
        let scope = self.key_scope("idempotency").cloned();
        IdempotencyBuilder::new(Arc::clone(&self.shared.idempotency), scope, namespace)
    }

    /// What has happened in this namespace since the Larder was made, all tenants together.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use larder::Larder;
    ///
    /// let stats = Larder::memory().stats("users");
    /// println!("{} hits, {} loads, {} without the backend", stats.hits, stats.loads, stats.degraded);
    /// ```
    pub fn stats(&self, namespace: &str) -> CacheStats {
        self.shared.context.metrics().stats(namespace)
    }

    /// How the Larder is: asks the server once.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::{HealthStatus, Larder};
    ///
    /// let health = Larder::memory().health().await;
    /// assert_eq!(health.status, HealthStatus::Up);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn health(&self) -> Health {
        let of_the_local_tier = self.shared.cache.local().trouble().into_iter();
        let trouble = of_the_local_tier.map(str::to_owned);
        let trouble = trouble.chain(self.shared.locks.trouble().await);
        Health::examine(
            &self.shared.context,
            self.shared.backend_name,
            trouble,
            self.queued_invalidations(),
        )
        .await
    }

    /// How many invalidations wait for the server: it was away when they were to be carried out. See
    /// [`Invalidation`](crate::Invalidation).
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// assert_eq!(larder::Larder::memory().queued_invalidations(), 0);
    /// ```
    pub fn queued_invalidations(&self) -> usize {
        self.shared.cache.pending().count()
    }

    /// Ends the connection. Calls from now on find the backend closed: cached functions run their bodies.
    ///
    /// Invalidations that [wait](Self::queued_invalidations) for the server are tried once more before, for at most the command
    /// timeout. Those that are not done by then are lost: a warning says how many, and `queued_invalidations` does too. Locks that were given back
    /// a moment ago are waited for likewise; a program that ends without this may leave one behind until its lease is over.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::{HealthStatus, Larder};
    ///
    /// let larder = Larder::memory();
    /// larder.close().await;                          // at the very end of the program
    /// assert_eq!(larder.health().await.status, HealthStatus::Down);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn close(&self) {
        let (cache, context) = (&self.shared.cache, &self.shared.context);
        if self.queued_invalidations() > 0 {
            let deadline = context.command_call(Resend::Never).deadline;
            let left = flush(cache, deadline).await;
            if left > 0 {
                tracing::warn!(
                    left,
                    "invalidations that waited for the server were not done in time: others may read old values until their TTLs end"
                );
            }
        }
        self.shared.locks.close().await;
        cache.pending().close();
        cache.local().close();
        context.backend().close().await;
    }

    pub(crate) fn assemble(
        backend: AnyBackend,
        backend_name: &'static str,
        clock: Clock,
        settings: Assembly,
    ) -> Self {
        let context = Context::new(backend, clock, settings.limits, settings.identity);
        let scope = Scope::new(&settings.app, None);
        let quorum = settings.quorum;
        let quorum = quorum.map(|servers| servers.into_quorum(&context, &scope));
        let locks = LockEngines::new(&context, quorum);
        let cache = CacheEngine::new(
            Arc::clone(&context),
            &scope,
            settings.local,
            settings.local_bytes,
        );
        Self {
            scope,
            demand: Demand::default(),
            tenant: None,
            shared: Arc::new(Shared {
                app: settings.app,
                tenancy: settings.tenancy,
                backend_name,
                cache: Arc::new(cache),
                rate: Arc::new(RateEngine::new(Arc::clone(&context))),
                locks: Arc::new(locks),
                store: Arc::new(StoreEngine::new(Arc::clone(&context))),
                idempotency: Arc::new(Records::new(Arc::clone(&context))),
                permits: Arc::new(PermitEngine::new(Arc::clone(&context))),
                context,
            }),
        }
    }

    /// The same Larder, which asks this of copies too.
    #[must_use]
    pub(crate) fn demanding(mut self, demand: Demand) -> Self {
        self.demand = self.demand.and(demand);
        self
    }

    pub(crate) fn tenant_name(&self) -> Option<&Arc<str>> {
        self.tenant.as_ref()
    }

    #[cfg(feature = "testing")]
    pub(crate) fn clock(&self) -> &Clock {
        self.shared.context.clock()
    }

    pub(crate) fn context(&self) -> &Arc<Context> {
        &self.shared.context
    }

    pub(crate) fn cache_engine(&self) -> &Arc<CacheEngine> {
        &self.shared.cache
    }

    /// What its calls ask of copies in this process.
    pub(crate) fn demand(&self) -> Demand {
        self.demand
    }

    /// Where the call with these arguments goes.
    pub(crate) fn target(&self, spec: &CacheSpec, arguments: &Arguments) -> Result<Target> {
        let scope = self.key_scope("cached")?;
        let key = scope.join(spec.namespace, spec.version, arguments);
        Ok(Target::new(&self.shared.cache, key, spec.namespace))
    }

    /// Where a call for many ids goes.
    pub(crate) fn targets<K>(&self, draft: &BatchDraft<K>) -> Result<Vec<Target>> {
        let target = |row: &Row<K>| {
            let mut target = self.target(&draft.spec, &row.arguments)?;
            if let Some(groups) = &row.groups {
                target.join(groups.clone());
            }
            Ok(target)
        };
        draft.rows.iter().map(target).collect()
    }

    /// The entries of this cache with this value of an index.
    pub(crate) fn index_group(
        &self,
        spec: Declaration,
        value: IndexValue,
        sight: Sight,
    ) -> Result<Group> {
        let keys = self
            .key_scope("index")?
            .indexes(spec.namespace, spec.version);
        Ok(Group::new(&self.shared.cache, spec, keys, value, sight))
    }

    /// Has the call with these arguments answered by a copy in this process, if there is one in this form.
    #[inline]
    pub(crate) fn serve_copy(
        &self,
        nearby: &mut Nearby,
        (namespace, version, form): &(&'static str, u32, Form),
        arguments: &mut BriefArguments,
        serve: &mut dyn FnMut(&LocalCopy) -> Served,
    ) -> Served {
        let Ok(scope) = self.key_scope("cached") else {
            return Served::No;
        };
        let mut key = BriefKey::new(scope, namespace, *version, arguments);
        let tier = self.shared.cache.local();
        tier.serve(nearby, &mut key, *form, &self.demand, serve)
    }

    /// Where the check of a limited call with these arguments goes.
    pub(crate) fn limited(
        &self,
        spec: RateSpec,
        arguments: &dyn Fn(&mut KeyWriter<'_>),
    ) -> Result<Check> {
        let scope = self.key_scope("rate limit")?;
        let key = scope.key_of(Feature::Limits, spec.namespace(), arguments);
        Ok(Check::new(Arc::clone(&self.shared.rate), spec, key))
    }

    /// The locks that a call with these keys takes.
    pub(crate) fn locked(
        &self,
        spec: &LockSpec,
        keys: &[&dyn Fn(&mut KeyWriter<'_>)],
    ) -> Result<(Arc<LockEngine>, Vec<Arc<LockAddress>>)> {
        let scope = self.key_scope("lock")?.of_locks();
        let address = |key: &&dyn Fn(&mut KeyWriter<'_>)| {
            LockAddress::new(scope.key(spec.namespace(), 1, key))
        };
        let addresses = keys.iter().map(address).collect();
        Ok((self.shared.locks.of(spec)?, addresses))
    }

    /// A call that needs a permit of this key.
    pub(crate) fn permitted(
        &self,
        spec: PermitSpec,
        key: &dyn Fn(&mut KeyWriter<'_>),
    ) -> Result<PermitCall> {
        let scope = self.key_scope("permit")?;
        let key = scope.key_of(Feature::Permits, spec.namespace(), key);
        let engine = Arc::clone(&self.shared.permits);
        Ok(PermitCall::new(engine, spec, Address::new(key)))
    }

    /// An idempotent call with this key and these arguments.
    pub(crate) fn idempotent(
        &self,
        spec: IdempotencySpec,
        key: &dyn Fn(&mut KeyWriter<'_>),
        arguments: &Arguments,
    ) -> Result<Request> {
        let scope = self.key_scope("idempotent")?;
        let key = scope.key_of(Feature::Idempotency, spec.namespace(), key);
        let records = &self.shared.idempotency;
        Ok(Request::new(records, spec, key, arguments.as_slice()))
    }

    /// Counts a call that was sent past the cache.
    pub(crate) fn bypassed(&self, namespace: &'static str) {
        self.shared
            .context
            .metrics()
            .of(namespace)
            .count(Event::Bypassed);
    }

    /// Whose keys these are; an error if nobody said so and somebody must.
    #[inline]
    pub(crate) fn key_scope(&self, operation: &'static str) -> Result<&Scope> {
        if self.shared.tenancy == Tenancy::Required && self.tenant.is_none() {
            return Err(no_tenant(operation));
        }
        Ok(&self.scope)
    }
}

#[cold]
fn no_tenant(operation: &'static str) -> Error {
    let message =
        "no tenant: tenancy is required, so call it within larder::tenant(\"…\").scope(…)";
    Error::new(ErrorKind::TenantRequired, operation, message)
}

/// What a Larder is put together from, beside its backend.
pub(crate) struct Assembly {
    pub(crate) app: String,
    pub(crate) tenancy: Tenancy,
    pub(crate) limits: Limits,
    /// What functions that do not say so themselves keep in the local tier.
    pub(crate) local: Local,
    /// What the copies of the local tier may weigh together.
    pub(crate) local_bytes: u64,
    /// What tells it from every other Larder.
    pub(crate) identity: u64,
    /// The servers that keep the locks with `quorum`.
    pub(crate) quorum: Result<QuorumServers>,
}

impl fmt::Debug for Larder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Larder")
            .field("app", &self.shared.app)
            .field("tenant", &self.tenant)
            .field("backend", &self.shared.backend_name)
            .finish_non_exhaustive()
    }
}
