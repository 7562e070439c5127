//! Which Larder a call uses: the scoped one, else the test's, else the process default. No other
//! file has statics, save `lock/under.rs` and the spare command of `backend/words.rs`.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::cache::local::Nearby;
use crate::cache::{Demand, InvalidationToken};
use crate::error::{Error, ErrorKind, Result};
use crate::larder::Larder;

static INSTALLED: OnceLock<Larder> = OnceLock::new();
/// Whether a Larder was ever put in scope. As long as none was, no call looks for one: that takes
/// longer than all else that is done to find its Larder.
static WAS_SCOPED: AtomicBool = AtomicBool::new(false);
/// Whether a future was ever told its tenant, or how fresh its answers must be, when there was no
/// Larder yet.
static WAS_TOLD_EARLY: AtomicBool = AtomicBool::new(false);
static COMPLAINED: AtomicBool = AtomicBool::new(false);

tokio::task_local! {
    static SCOPED: Larder;
    static TENANT: Arc<str>;
    static DEMAND: Demand;
}

std::thread_local! {
    /// The copies that calls of this thread were answered with lately.
    static NEARBY: RefCell<Nearby> = const { RefCell::new(Nearby::new()) };
}

#[cfg(feature = "testing")]
std::thread_local! {
    /// The Larder of the test that owns this thread's runtime; every thread of that runtime has it.
    static OF_TEST: RefCell<Option<TestLarder>> = const { RefCell::new(None) };
}

/// The place for a test's Larder: threads start before it is made.
#[cfg(feature = "testing")]
pub(crate) type TestLarder = Arc<OnceLock<Larder>>;

impl Larder {
    /// Makes this the default of the process: annotated functions use it wherever no other is in
    /// scope.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyInstalled`] if there is a default already; it stays. Nothing is ever
    /// swapped silently: to use another Larder for a while, use [`scope`](Self::scope).
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use larder::{ErrorKind, Larder};
    ///
    /// Larder::memory().install()?;
    /// let second = Larder::memory().install().unwrap_err();
    /// assert_eq!(second.kind(), ErrorKind::AlreadyInstalled);
    /// # Ok::<(), larder::Error>(())
    /// ```
    pub fn install(&self) -> Result<()> {
        INSTALLED.set(self.clone()).map_err(|_larder| {
            let message =
                "a Larder is installed already; use larder.scope(…) to use another one for a while";
            Error::new(ErrorKind::AlreadyInstalled, "install", message)
        })
    }

    /// The Larder that annotated functions use here: the scoped one, else the process default.
    ///
    /// # Errors
    /// [`ErrorKind::NotInstalled`] if there is none.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::{ErrorKind, Larder};
    ///
    /// assert_eq!(Larder::current().unwrap_err().kind(), ErrorKind::NotInstalled);
    ///
    /// Larder::memory().install()?;
    /// let stats = Larder::current()?.stats("users");
    /// # Ok(())
    /// # }
    /// ```
    pub fn current() -> Result<Self> {
        Self::with_current(Self::clone)
    }

    /// The Larder that all calls use: none was ever put in scope.
    #[inline]
    pub(crate) fn of_all() -> Option<&'static Self> {
        // A task that has a scope came to its thread after the scope was made.
        if cfg!(feature = "testing") || WAS_SCOPED.load(Ordering::Relaxed) {
            return None;
        }
        INSTALLED.get()
    }

    /// Looks at the Larder that annotated functions use here, which a call need not clone for
    /// itself.
    #[inline]
    pub(crate) fn with_current<T>(look: impl FnOnce(&Self) -> T) -> Result<T> {
        // A task that has a scope came to its thread after the scope was made.
        if WAS_SCOPED.load(Ordering::Relaxed) && SCOPED.try_with(|_| ()).is_ok() {
            return Ok(SCOPED.with(look));
        }
        #[cfg(feature = "testing")]
        if let Some(place) = OF_TEST.with_borrow(Option::clone)
            && let Some(larder) = place.get()
        {
            return Ok(larder.as_told(look));
        }
        match INSTALLED.get() {
            Some(larder) => Ok(larder.as_told(look)),
            None => Err(not_installed()),
        }
    }

    /// Looks at this one, which is in no scope, as a future does that was told something before.
    #[inline]
    fn as_told<T>(&self, look: impl FnOnce(&Self) -> T) -> T {
        let was_told = WAS_TOLD_EARLY.load(Ordering::Relaxed);
        let told = if was_told { self.told() } else { None };
        look(told.as_ref().unwrap_or(self))
    }

    /// What this one is to the future; `None` if it was told nothing.
    #[cold]
    fn told(&self) -> Option<Self> {
        match (TENANT.try_with(Arc::clone), demand()) {
            (Ok(tenant), demand) => Some(self.tenant(tenant).demanding(demand)),
            (Err(_), demand) if demand == Demand::default() => None,
            (Err(_), demand) => Some(self.clone().demanding(demand)),
        }
    }

    /// Runs the future with this Larder: annotated functions in it, and in what it starts with
    /// [`spawn`], use this one.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # async fn user(id: u64) -> u64 { id }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::Larder;
    ///
    /// let larder = Larder::memory();
    /// // `user` is an annotated function: here it uses this Larder, wherever another is installed.
    /// let user = larder.scope(user(7)).await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let own = self.clone();
        // Boxed, since a scope around a scope would otherwise double the future each time.
        let future = Box::pin(future);
        async move {
            let tenant = TENANT.try_with(Arc::clone).ok();
            let larder = match (own.tenant_name(), tenant) {
                (None, Some(tenant)) => own.tenant(tenant),
                _ => own,
            };
            scoped(larder.demanding(demand()), future).await
        }
    }
}

/// Spawns a task that has the spawning one's Larder and tenant. (`tokio::spawn` starts a task
/// without them.)
///
/// ```
/// # extern crate larder_runtime as larder;
/// # async fn user(id: u64) -> u64 { id }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::Larder;
///
/// let larder = Larder::memory();
/// larder.scope(async {
///     let task = larder::spawn(user(7));         // uses the same Larder
///     assert_eq!(task.await.unwrap(), 7);
/// }).await;
/// # Ok(())
/// # }
/// ```
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let own = SCOPED.try_with(Larder::clone).ok();
    let tenant = TENANT.try_with(Arc::clone).ok();
    let demand = demand();
    let future = DEMAND.scope(demand, Box::pin(future));
    tokio::spawn(async move {
        match (own, tenant) {
            (Some(larder), Some(tenant)) => TENANT.scope(tenant, scoped(larder, future)).await,
            (Some(larder), None) => scoped(larder, future).await,
            (None, Some(tenant)) => TENANT.scope(tenant, future).await,
            (None, None) => future.await,
        }
    })
}

/// The same, of a task that nobody waits for.
pub(crate) fn spawn_behind(task: Pin<Box<dyn Future<Output = ()> + Send>>) {
    // Without a runtime there is nobody to run it.
    if tokio::runtime::Handle::try_current().is_ok() {
        drop(spawn(task));
    }
}

/// A tenant, under whom futures can be run: what [`tenant`] answers.
///
/// ```
/// # extern crate larder_runtime as larder;
/// let acme = larder::tenant("acme");
/// let work = acme.scope(async { "every key in here is acme's" });
/// ```
#[derive(Debug, Clone)]
pub struct Tenant(Arc<str>);

/// The tenant of this name, with whatever Larder is in use.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # async fn serve(request: impl Future<Output = ()>) {
/// larder::tenant("acme").scope(request).await;
/// # }
/// ```
pub fn tenant(name: impl AsRef<str>) -> Tenant {
    Tenant(name.as_ref().into())
}

impl Tenant {
    /// Runs the future under this tenant: every key that it or what it [`spawn`]s touches is the
    /// tenant's.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::Larder;
    ///
    /// Larder::memory().install()?;
    /// larder::tenant("acme").scope(async {
    ///     let entry = Larder::current()?.cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    ///     assert_eq!(entry.key()?, "larder:acme:users:1:7");
    ///     Ok::<_, larder::Error>(())
    /// }).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let tenant = Arc::clone(&self.0);
        let future = Box::pin(future);
        async move {
            // Without a Larder the calls inside say so themselves.
            match Larder::current() {
                Ok(larder) => {
                    let larder = larder.tenant(&tenant);
                    TENANT.scope(tenant, scoped(larder, future)).await
                }
                Err(_) => TENANT.scope(tenant, told_early(future)).await,
            }
        }
    }
}

/// What calls ask of copies in this process, under which futures can be run: what [`max_age`] and
/// [`at_least`] answer.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use std::time::Duration;
///
/// let fresh = larder::max_age(Duration::from_secs(1));
/// let work = fresh.scope(async { "no call in here is answered from a copy that is older than a second" });
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Freshness(Demand);

/// No copy in this process that was read so long ago, or longer; with zero none at all, so that
/// every call asks the server. What the server has is as good as ever: this is about functions with
/// `local`, and changes nothing for others.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # async fn balance(account: u64) -> u64 { account }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use std::time::Duration;
///
/// // `balance` is an annotated function with `local = "10s"`: for this call half a second is the most.
/// let balance = larder::max_age(Duration::from_millis(500)).scope(balance(7)).await;
/// # }
/// ```
pub fn max_age(limit: Duration) -> Freshness {
    Freshness(Demand::max_age(limit))
}

/// No copy in this process of a value that was stored before the invalidation which answered this
/// token, on whichever node that was: whoever has changed something and says so sees it. What the
/// server has is right anyway.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # async fn serve(request: impl Future<Output = ()>) -> larder::Result<()> {
/// use larder::InvalidationToken;
///
/// // The response to the change had a header with the token in it; the next request brings it back.
/// let header = "1763678000123456";
/// let token: InvalidationToken = header.parse()?;
/// larder::at_least(token).scope(request).await;
/// # Ok(())
/// # }
/// ```
pub fn at_least(token: InvalidationToken) -> Freshness {
    Freshness(Demand::at_least(token))
}

impl Freshness {
    /// Runs the future under this demand, and what it [`spawn`]s. Within another scope both hold.
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let own = self.0;
        let future = Box::pin(future);
        async move {
            let demand = demand().and(own);
            let future = DEMAND.scope(demand, future);
            match Larder::current() {
                Ok(larder) => scoped(larder.demanding(demand), future).await,
                Err(_) => told_early(future).await,
            }
        }
    }
}

/// The future, which goes on without a Larder. There may be one before it ends, and what it was told
/// holds for that.
fn told_early<F: Future>(future: F) -> F {
    WAS_TOLD_EARLY.store(true, Ordering::Relaxed);
    WAS_SCOPED.store(true, Ordering::Relaxed);
    future
}

/// The future with this Larder in scope.
fn scoped<F: Future>(larder: Larder, future: F) -> impl Future<Output = F::Output> {
    WAS_SCOPED.store(true, Ordering::Relaxed);
    SCOPED.scope(larder, future)
}

/// What calls here ask of copies.
fn demand() -> Demand {
    DEMAND.try_with(|demand| *demand).unwrap_or_default()
}

#[cold]
fn not_installed() -> Error {
    let message = "no Larder installed: write `Larder::from_env().await?.install()?` at the start, or `larder.scope(…)` around this call";
    Error::new(ErrorKind::NotInstalled, "current", message)
}

/// Looks at the copies of this thread. `None` if the thread ends, or is looking already: the clone
/// of a value may call a function that is cached.
#[inline]
pub(crate) fn with_nearby<T>(look: impl FnOnce(&mut Nearby) -> T) -> Option<T> {
    let look = |nearby: &RefCell<Nearby>| nearby.try_borrow_mut().ok().map(|mut it| look(&mut it));
    NEARBY.try_with(look).ok().flatten()
}

/// Gives this thread the Larder of its test.
#[cfg(feature = "testing")]
pub(crate) fn adopt_test_larder(place: Option<TestLarder>) {
    OF_TEST.set(place);
}

/// Says in the log why functions run without a cache: once, however many calls there are. (There is
/// no Larder to count them.)
pub(crate) fn complain_once(error: &Error) {
    if !COMPLAINED.swap(true, Ordering::Relaxed) {
        tracing::warn!(%error, "annotated functions run without what their annotations promise");
    }
}

#[cfg(all(test, feature = "testing", feature = "memory"))]
mod tests {
    use super::*;
    use crate::cache::{CacheSpec, Ttl};

    fn key() -> Result<String> {
        const SPEC: CacheSpec = CacheSpec::new("users", Ttl::NEVER);
        let larder = Larder::current()?;
        larder.cache::<u64>(SPEC).entry(|key| key.arg(&7_u64)).key()
    }

    #[tokio::test]
    async fn who_was_told_his_tenant_before_there_was_a_larder_uses_it_as_that_tenant() {
        let place = TestLarder::default();
        adopt_test_larder(Some(Arc::clone(&place)));
        let server = tenant("acme").scope(async {
            let error = key().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotInstalled);
            place.set(Larder::memory()).unwrap();
            assert_eq!(key().unwrap(), "larder:acme:users:1:7");
            let inside = max_age(Duration::ZERO).scope(async { key() });
            assert_eq!(inside.await.unwrap(), "larder:acme:users:1:7");
        });
        server.await;
        assert_eq!(key().unwrap(), "larder::users:1:7");
        adopt_test_larder(None);
    }

    #[tokio::test]
    async fn who_was_told_what_to_ask_for_before_there_was_a_larder_asks_it_for_that() {
        let place = TestLarder::default();
        adopt_test_larder(Some(Arc::clone(&place)));
        let limit = Duration::from_secs(7);
        let server = max_age(limit).scope(async {
            place.set(Larder::memory()).unwrap();
            assert_eq!(Larder::current().unwrap().demand(), Demand::max_age(limit));
        });
        server.await;
        assert_eq!(Larder::current().unwrap().demand(), Demand::default());
        adopt_test_larder(None);
    }
}
