//! The server object.

use std::fmt;
use std::sync::Arc;

use super::database::Database;
use super::link::MemoryBackend;
use super::sabotage::Sabotage;
use super::turn::Inner;
use crate::clock::Clock;

/// A Redis in this process. Clones are the same server, and it lives as long as the last clone or
/// link.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::{Larder, MemoryServer};
///
/// let server = MemoryServer::new();
/// let here = Larder::builder().app("shop").on_memory(&server);
/// let there = Larder::builder().app("shop").on_memory(&server);
/// ```
#[derive(Clone)]
pub struct MemoryServer(Arc<Inner>);

/// What a server is made with. See [`MemoryServer::builder`].
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::{Larder, MemoryServer};
///
/// let server = MemoryServer::builder().max_memory(64 << 20).seed(7).build();
/// let larder = Larder::builder().app("shop").on_memory(&server);
/// ```
#[derive(Debug, Clone)]
pub struct MemoryServerBuilder {
    clock: Option<Clock>,
    max_memory: Option<usize>,
    seed: u64,
    sabotage: Sabotage,
}

impl MemoryServer {
    /// An empty server on the machine's clock, without a bound on its memory.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A server with other settings than [`new`](Self::new) has.
    pub fn builder() -> MemoryServerBuilder {
        MemoryServerBuilder {
            clock: None,
            max_memory: None,
            seed: 0,
            sabotage: Sabotage::default(),
        }
    }

    /// A new link, as independent of others as a connection of its own would be.
    /// Of use beside the feature `testing`: see `LarderBuilder::on_memory_link`.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// let server = larder::MemoryServer::new();
    /// let (one, other) = (server.connect(), server.connect());
    /// ```
    pub fn connect(&self) -> MemoryBackend {
        MemoryBackend::new(Arc::clone(&self.0))
    }

    /// The clock that is the server's time.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use std::time::Duration;
    ///
    /// let server = larder::MemoryServer::new();
    /// assert!(server.clock().since_epoch() > Duration::ZERO);
    /// ```
    pub fn clock(&self) -> &Clock {
        self.0.clock()
    }
}

impl Default for MemoryServer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = self.0.glance();
        f.debug_struct("MemoryServer")
            .field("keys", &database.keyspace.len())
            .field("links", &database.session_count())
            .finish_non_exhaustive()
    }
}

impl MemoryServerBuilder {
    /// The clock that decides when keys end and what `TIME` answers; [`Clock::system`] unless
    /// given.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use larder::MemoryServer;
    ///
    /// // Two servers that agree on the time.
    /// let server = MemoryServer::new();
    /// let other = MemoryServer::builder().clock(server.clock().clone()).build();
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The bound on what the keys take, in bytes by the server's own estimate; none unless given.
    ///
    /// A write that finds the bound passed first evicts keys that have a TTL, the least recently
    /// used of a sample first; when there are none left, it is refused with `OOM`. So keys without
    /// a TTL are never evicted, and the bound may be passed by one write.
    #[must_use]
    pub fn max_memory(mut self, bytes: usize) -> Self {
        self.max_memory = Some(bytes);
        self
    }

    /// What the server's random choices (`SPOP`, `SRANDMEMBER`, eviction) begin with; zero unless
    /// given.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// What the server does wrong.
    #[cfg(feature = "testing")]
    #[must_use]
    pub(crate) fn sabotage(mut self, sabotage: Sabotage) -> Self {
        self.sabotage = sabotage;
        self
    }

    /// The server. This cannot fail.
    pub fn build(self) -> MemoryServer {
        let database = Database::new(self.max_memory, self.seed, self.sabotage);
        let clock = self.clock.unwrap_or_else(Clock::system);
        MemoryServer(Arc::new(Inner::new(database, clock, self.sabotage)))
    }
}

#[cfg(feature = "testing")]
impl MemoryServer {
    /// What one piece of work finds in the state, with nothing else between.
    pub(super) fn look<T>(&self, look: impl FnOnce(&mut Database) -> T) -> T {
        self.0.take_turn(|turn| {
            let mut database = turn.database();
            database.begin(0, self.0.now());
            look(&mut database)
        })
    }
}
