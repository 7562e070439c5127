//! The handle: one Larder, cheap to clone, the same everywhere.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::backend::Resend;
use crate::backend::any::AnyBackend;
use crate::cache::{CacheEngine, Demand, InvalidationToken, Local, flush};
use crate::clock::Clock;
use crate::context::{Context, Limits};
use crate::error::{Error, ErrorKind, Result};
use crate::health::Health;
use crate::idempotency::Records;
use crate::key::Scope;
use crate::lock::LockEngines;
use crate::metrics::CacheStats;
use crate::permits::PermitEngine;
use crate::rate::RateEngine;
use crate::store::StoreEngine;

mod builder;
mod cache;
mod calls;
mod clear;
mod env;
mod expired;
mod features;
mod index;
mod many;
mod quorum;
mod start;
mod tag;
mod variable;

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
/// Clones are the same Larder. One for the whole process is enough: all functions share its
/// connection.
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

    /// A Larder with an embedded server of its own: nothing to install, nothing to fail. What it
    /// stores lives in this process, as long as the Larder does.
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

    /// The same Larder, whose calls are not answered from a copy in this process that was read so
    /// long ago, or longer; with zero from none. For annotated functions there is
    /// [`max_age`](crate::max_age).
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

    /// The same Larder, whose calls are not answered from a copy in this process of a value that
    /// was stored before the invalidation which answered this token. For annotated functions there
    /// is [`at_least`](crate::at_least).
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

    /// How the Larder is: asks the server once, and each server of a
    /// [quorum](LarderBuilder::quorum). Takes at most the command timeout (1 s unless set), with a
    /// quorum at most twice that. It does not fail: see [`HealthStatus`](crate::HealthStatus).
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

    /// How many invalidations wait for the server: it was away when they were to be carried out.
    /// See [`Invalidation`](crate::Invalidation).
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// assert_eq!(larder::Larder::memory().queued_invalidations(), 0);
    /// ```
    pub fn queued_invalidations(&self) -> usize {
        self.shared.cache.pending().count()
    }

    /// Ends the connection. Calls from now on find the backend closed: cached functions run their
    /// bodies.
    ///
    /// Invalidations that [wait](Self::queued_invalidations) for the server are tried once more
    /// before, for at most the command timeout. Those that are not done by then are lost: a warning
    /// says how many, and `queued_invalidations` does too. Locks and permits that were given back a
    /// moment ago are waited for likewise, and what loads and idempotent calls have held that were
    /// dropped; a program that ends without this may leave one behind until its lease is over. So
    /// is the end of the connection, which comes only while the runtime is driven that this Larder
    /// was made in.
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
        let given_back = context.background_is_done();
        futures_util::future::join(given_back, self.shared.locks.close()).await;
        cache.pending().close();
        cache.local().close();
        context.close().await;
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
    let message = "no tenant: tenancy is required, so call an annotated function within \
        larder::tenant(\"…\").scope(…), and anything else on larder.tenant(\"…\"), or in that \
        scope on Larder::current()";
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
