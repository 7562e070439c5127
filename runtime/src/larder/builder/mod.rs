//! Settings for a Larder.

mod building;

use std::path::PathBuf;
use std::time::Duration;

use super::Tenancy;
use super::quorum::QuorumSettings;
use super::start::Start;
#[cfg(feature = "testing")]
use crate::backend::memory::MemoryBackend;
#[cfg(feature = "memory")]
use crate::backend::memory::MemoryServer;
use crate::cache::Local;
use crate::clock::Clock;
use crate::config::{ConnectSettings, Endpoint};
use crate::context::Limits;
use crate::error::Result;

/// Settings for a Larder; every one has a default.
///
/// ```no_run
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::{Larder, Local, Tenancy};
/// use std::time::Duration;
///
/// let larder = Larder::builder()
///     .url("rediss://shop:secret@cache.internal:6379/0")
///     .app("shop")
///     .tenancy(Tenancy::Required)
///     .lazy(true)
///     .call_budget(Duration::from_millis(30))
///     .command_timeout(Duration::from_secs(2))
///     .connect_timeout(Duration::from_secs(2))
///     .max_value_bytes(1 << 20)
///     .local(Local::For(Duration::from_secs(10)))
///     .local_bytes(16 << 20)
///     .tls_ca("/etc/ssl/our-authority.pem")
///     .tls_client("/etc/ssl/shop.pem", "/etc/ssl/shop.key")
///     .build()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "settings do nothing until `build` is called"]
pub struct LarderBuilder {
    /// Parsed at once, so that no password stays in here unguarded; a mistake waits for `build`.
    pub(super) endpoint: Result<Endpoint>,
    app: String,
    tenancy: Tenancy,
    start: Start,
    limits: Limits,
    local: Local,
    local_bytes: u64,
    connect: ConnectSettings,
    /// The usual one of the server unless it is given.
    clock: Option<Clock>,
    /// Drawn for each Larder unless it is given.
    identity: Option<u64>,
    pub(super) quorum: QuorumSettings,
}

impl LarderBuilder {
    pub(crate) fn new() -> Self {
        Self {
            endpoint: Ok(Endpoint::Memory),
            app: "larder".to_owned(),
            tenancy: Tenancy::default(),
            start: Start::Connected,
            limits: Limits {
                call_budget: Duration::from_millis(50),
                command_timeout: Duration::from_secs(1),
                max_value_bytes: 16 << 20,
            },
            local: Local::Off,
            local_bytes: 64 << 20,
            connect: ConnectSettings::default(),
            clock: None,
            identity: None,
            quorum: QuorumSettings::default(),
        }
    }

    /// Where the data lives: `memory:`, `redis://[[user]:password@]host[:port][/db]`, `rediss://…`
    /// for TLS (feature `tls`), or `redis+unix:///path/to.sock?db=1`. Default: `memory:`.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::{ErrorKind, Larder};
    ///
    /// let larder = Larder::builder().url("memory:").build().await?;
    ///
    /// let mistake = Larder::builder().url("redis//localhost").build().await.unwrap_err();
    /// assert_eq!(mistake.kind(), ErrorKind::Configuration);
    /// # Ok(())
    /// # }
    /// ```
    pub fn url(mut self, url: impl AsRef<str>) -> Self {
        self.endpoint = url.as_ref().parse();
        self
    }

    /// The application: the first part of every key, so that two applications can share a server.
    /// Default: `larder`.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::Larder;
    ///
    /// let shop = Larder::builder().app("shop").build().await?;
    /// let entry = shop.cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    /// assert_eq!(entry.key()?, "shop::users:1:7");
    /// # Ok(())
    /// # }
    /// ```
    pub fn app(mut self, app: impl Into<String>) -> Self {
        self.app = app.into();
        self
    }

    /// Whether every call must say its tenant. Default: [`Tenancy::Optional`].
    pub fn tenancy(mut self, tenancy: Tenancy) -> Self {
        self.tenancy = tenancy;
        self
    }

    /// With `true`, an unreachable server at the start is not an error: the Larder connects when it
    /// can, and functions do until then what their `on_error` says. Default: `false`.
    pub fn lazy(mut self, lazy: bool) -> Self {
        self.start = if lazy { Start::Lazy } else { Start::Connected };
        self
    }

    /// How much time one call of a cached function may spend on the backend, above its body, and
    /// one check of a rate limit. Default: 50 ms.
    pub fn call_budget(mut self, budget: Duration) -> Self {
        self.limits.call_budget = budget;
        self
    }

    /// How long one explicit operation, such as an invalidation, may take, tries included; of one
    /// that goes page by page, such as [`clear`](crate::Larder::clear) or one by an index, each
    /// page. Default: 1 s.
    pub fn command_timeout(mut self, timeout: Duration) -> Self {
        self.limits.command_timeout = timeout;
        self
    }

    /// How long one try to connect may take. Default: 1 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect.connect_timeout = timeout;
        self
    }

    /// The largest value that is stored or read. A larger one is not stored; found in the server,
    /// it is a miss. Default: 16 MiB.
    pub fn max_value_bytes(mut self, bytes: usize) -> Self {
        self.limits.max_value_bytes = bytes;
        self
    }

    /// Whether functions that do not say so themselves keep copies of their values in this process,
    /// and for how long: those whose value is `Clone`. A function says so by `local = "10s"`,
    /// `local = true` or `local = false`; a plain cache by [`Cache::local`](crate::Cache::local).
    /// Default: [`Local::Off`].
    ///
    /// Only for functions that say so themselves is a hit as fast as it can be: others look for a
    /// copy when the rest of the call has been made ready.
    pub fn local(mut self, local: Local) -> Self {
        self.local = local;
        self
    }

    /// How much the copies that functions with `local` keep in this process may weigh together, in
    /// bytes: about what their keys and values take, by an estimate. What was not asked for in a
    /// while makes room for what is. Zero: nothing is kept. Default: 64 MiB.
    pub fn local_bytes(mut self, bytes: u64) -> Self {
        self.local_bytes = bytes;
        self
    }

    /// The independent servers that keep the locks with [`quorum`](crate::lock::Lock::quorum):
    /// three, or five. A majority of them decides, so such a lock outlives a minority that is lost,
    /// and no replication is needed. They are Redis servers that know nothing of each other: no
    /// replicas, no cluster, on machines that do not fail together. All processes name the same
    /// ones. The URLs are as those of [`url`](Self::url); certificates and time-outs are those of
    /// the Larder.
    ///
    /// Without this, locks with `quorum` are errors, save on an embedded Larder of its own, which
    /// has three embedded servers for them: so tests need nothing.
    ///
    /// A server that is started without what it knew may have given out locks before. It does not
    /// count for as long as a lease of the lock, so it should either keep nothing, or each write
    /// before it answers (`appendfsync always`); one that comes back with what it knew a second ago
    /// is taken for one that knows all. New servers count from the first lease on if all of them
    /// are there.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::{ErrorKind, Larder};
    ///
    /// let builder = Larder::builder().quorum(["redis://lock-a:6379", "redis://lock-b:6379", "redis://lock-c:6379"]);
    /// # drop(builder);
    /// let two = Larder::builder().quorum(["redis://a", "redis://b"]).build().await;
    /// assert_eq!(two.unwrap_err().kind(), ErrorKind::Configuration);
    /// # Ok(())
    /// # }
    /// ```
    pub fn quorum<U: AsRef<str>>(mut self, urls: impl IntoIterator<Item = U>) -> Self {
        self.quorum = QuorumSettings::of_urls(urls);
        self
    }

    /// As [`quorum`](Self::quorum), of embedded servers that others are connected to as well: a
    /// fleet in one process.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::{Larder, MemoryServer};
    ///
    /// let servers = [MemoryServer::new(), MemoryServer::new(), MemoryServer::new()];
    /// let here = Larder::builder().quorum_on_memory(&servers).build().await?;
    /// let there = Larder::builder().quorum_on_memory(&servers).build().await?;
    ///
    /// let guard = here.lock("invoices").quorum().acquire("2030-01").await?;
    /// assert!(there.lock("invoices").quorum().try_acquire("2030-01").await?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "memory")]
    pub fn quorum_on_memory(mut self, servers: &[MemoryServer]) -> Self {
        self.quorum = QuorumSettings::of_servers(servers);
        self
    }

    /// As [`quorum_on_memory`](Self::quorum_on_memory), over these links, whose
    /// [`control`](MemoryBackend::control)s a test keeps.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use larder::{Larder, MemoryServer};
    ///
    /// let links: Vec<_> = (0..3).map(|_| MemoryServer::new().connect()).collect();
    /// let one = links[0].control();
    /// let larder = Larder::builder().quorum_on_memory_links(links).on_memory(&MemoryServer::new());
    /// one.cut();                                                      // a majority is left
    /// ```
    #[cfg(feature = "testing")]
    pub fn quorum_on_memory_links(mut self, links: Vec<MemoryBackend>) -> Self {
        self.quorum = QuorumSettings::of_links(links);
        self
    }

    /// A mistake that is planted to be found: so many servers are taken for a majority.
    #[cfg(feature = "testing")]
    pub(crate) fn mistaking_for_majority(mut self, majority: usize) -> Self {
        self.quorum.mistaking_for_majority(majority);
        self
    }

    /// The certificate authority to trust instead of the public ones: the path of a PEM file.
    pub fn tls_ca(mut self, path: impl Into<PathBuf>) -> Self {
        self.connect.tls.ca = Some(path.into());
        self
    }

    /// The certificate and key with which this client shows who it is: the paths of PEM files.
    pub fn tls_client(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.connect.tls.certificate = Some(certificate.into());
        self.connect.tls.key = Some(key.into());
        self
    }

    /// The clock for deadlines, and for the server if it is an embedded one. Default: Tokio's on an
    /// embedded server, so that a paused one pauses both, and the machine's on any other.
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use larder::{Larder, MemoryServer};
    ///
    /// let server = MemoryServer::new();
    /// let larder = Larder::builder().clock(server.clock().clone()).on_memory(&server);
    /// ```
    #[cfg(feature = "testing")]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// What tells this Larder from every other one; a simulation gives it, so that a run can be
    /// repeated.
    #[cfg(feature = "testing")]
    pub(crate) fn identity(mut self, identity: u64) -> Self {
        self.identity = Some(identity);
        self
    }
}
