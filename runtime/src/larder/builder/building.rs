//! From settings to a Larder.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::LarderBuilder;
use crate::backend::any::AnyBackend;
#[cfg(feature = "memory")]
use crate::backend::memory::{MemoryBackend, MemoryServer};
use crate::backend::redis::RedisBackend;
use crate::cache::Local;
use crate::clock::Clock;
use crate::config::Endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::larder::quorum::QuorumServers;
#[cfg(feature = "memory")]
use crate::larder::quorum::QuorumSettings;
use crate::larder::start::Start;
use crate::larder::{Assembly, Larder};

impl LarderBuilder {
    /// Makes the Larder.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for settings that cannot be, [`ErrorKind::Unreachable`],
    /// [`ErrorKind::Timeout`] or [`ErrorKind::Unauthorized`] if there is no server to talk to
    /// (unless [`lazy`](Self::lazy)).
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::{ErrorKind, Larder};
    /// use std::time::Duration;
    ///
    /// let larder = Larder::builder().build().await?;
    ///
    /// let zero = Larder::builder().call_budget(Duration::ZERO).build().await;
    /// assert_eq!(zero.unwrap_err().kind(), ErrorKind::Configuration);
    ///
    /// // A server that is not there is an error, unless the Larder may be lazy.
    /// let nobody = Larder::builder().url("redis://127.0.0.1:1");
    /// assert!(nobody.clone().build().await.is_err());
    /// assert!(nobody.lazy(true).build().await.is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn build(self) -> Result<Larder> {
        self.check()?;
        let endpoint = self.endpoint.clone()?;
        self.quorum.check(&endpoint)?;
        match endpoint {
            #[cfg(feature = "memory")]
            Endpoint::Memory => {
                let clock = self.embedded_clock();
                let server = MemoryServer::builder().clock(clock.clone()).build();
                let this = self.with_embedded_quorum(&clock);
                let quorum = this.connect_quorum(&clock).await?;
                Ok(this.assemble(server.connect(), clock, "memory", Ok(quorum)))
            }
            #[cfg(not(feature = "memory"))]
            Endpoint::Memory => {
                let message = "this build has no embedded backend: name a server by url, or turn on the feature `memory`";
                Err(Error::new(ErrorKind::Configuration, "build", message))
            }
            Endpoint::Redis(endpoint) => {
                // The server does not stand still when Tokio's clock is paused.
                let clock = self.clock.clone().unwrap_or_else(Clock::machine);
                let backend = match self.start {
                    Start::Connected => {
                        RedisBackend::connect(&endpoint, &self.connect, &clock).await?
                    }
                    Start::Lazy => RedisBackend::lazy(&endpoint, &self.connect, &clock)?,
                };
                let quorum = self.connect_quorum(&clock).await?;
                Ok(self.assemble(backend, clock, "redis", Ok(quorum)))
            }
        }
    }

    /// Makes a Larder on an embedded server that others are connected to as well: a fleet in one
    /// process. The URL is not used.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::{Larder, MemoryServer};
    ///
    /// let server = MemoryServer::new();
    /// let here = Larder::builder().app("shop").on_memory(&server);
    /// let there = Larder::builder().app("shop").on_memory(&server);
    ///
    /// here.cache(USERS).entry(|key| key.arg(&7_u64)).put(&1_u64).await?;
    /// assert_eq!(there.cache(USERS).entry(|key| key.arg(&7_u64)).peek().await?, Some(1_u64));
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "memory")]
    pub fn on_memory(self, server: &MemoryServer) -> Larder {
        self.on_memory_backend(server.connect())
    }

    /// Makes a Larder on this link to an embedded server, whose [`control`](MemoryBackend::control)
    /// a test keeps to delay it, to cut it or to count its round trips. The URL is not used.
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::{Larder, MemoryServer};
    ///
    /// let link = MemoryServer::new().connect();
    /// let control = link.control();
    /// let larder = Larder::builder().on_memory_link(link);
    /// larder.health().await;
    /// assert_eq!(control.round_trips().of("PING"), 1);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "testing")]
    pub fn on_memory_link(self, link: MemoryBackend) -> Larder {
        self.on_memory_backend(link)
    }

    /// Makes a Larder on an embedded server of its own, which runs on the Larder's clock.
    #[cfg(feature = "memory")]
    pub(crate) fn on_new_memory(self) -> Larder {
        let clock = self.embedded_clock();
        let server = MemoryServer::builder().clock(clock.clone()).build();
        let this = self.with_embedded_quorum(&clock);
        this.assemble_on_memory(server.connect(), clock)
    }

    #[cfg(feature = "memory")]
    fn on_memory_backend(self, backend: MemoryBackend) -> Larder {
        let clock = self.embedded_clock();
        self.assemble_on_memory(backend, clock)
    }

    #[cfg(feature = "memory")]
    fn assemble_on_memory(self, backend: MemoryBackend, clock: Clock) -> Larder {
        let quorum = self.quorum.clone().embedded(&clock);
        self.assemble(backend, clock, "memory", quorum)
    }

    #[cfg(feature = "memory")]
    fn embedded_clock(&self) -> Clock {
        self.clock.clone().unwrap_or_else(Clock::system)
    }

    /// What lives on an embedded server of its own has a quorum of its own too, unless another was
    /// declared.
    #[cfg(feature = "memory")]
    fn with_embedded_quorum(mut self, clock: &Clock) -> Self {
        if !self.quorum.is_declared() {
            self.quorum = QuorumSettings::of_new_servers(clock);
        }
        self
    }

    async fn connect_quorum(&self, clock: &Clock) -> Result<QuorumServers> {
        let quorum = self.quorum.clone();
        quorum.connect(&self.connect, clock, self.start).await
    }

    fn assemble(
        self,
        backend: impl Into<AnyBackend>,
        clock: Clock,
        name: &'static str,
        quorum: Result<QuorumServers>,
    ) -> Larder {
        let settings = Assembly {
            app: self.app,
            tenancy: self.tenancy,
            limits: self.limits,
            local: self.local,
            local_bytes: self.local_bytes,
            identity: self.identity.unwrap_or_else(draw_identity),
            quorum,
        };
        Larder::assemble(backend.into(), name, clock, settings)
    }

    fn check(&self) -> Result<()> {
        let zero = [
            ("call_budget", self.limits.call_budget),
            ("command_timeout", self.limits.command_timeout),
            ("connect_timeout", self.connect.connect_timeout),
        ];
        if let Some((name, _)) = zero.iter().find(|(_, duration)| duration.is_zero()) {
            let message = format!(
                "`{name}` is zero, so that nothing could ever answer in time: give it at least 1ms"
            );
            return Err(Error::new(ErrorKind::Configuration, "build", message));
        }
        if self.local == Local::For(Duration::ZERO) {
            let message = "`local` keeps copies for no time: write `Local::Off`, or give it longer";
            return Err(Error::new(ErrorKind::Configuration, "build", message));
        }
        if self.app.is_empty() {
            let message =
                "`app` is empty: give the application a name, it is the first part of every key";
            return Err(Error::new(ErrorKind::Configuration, "build", message));
        }
        Ok(())
    }
}

/// A number that no other Larder has, in no process: the standard library seeds its hashers from
/// the system's random numbers.
fn draw_identity() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_would_last_for_no_time_is_refused_by_name() {
        let zero = Duration::ZERO;
        for (builder, name) in [
            (Larder::builder().call_budget(zero), "`call_budget`"),
            (Larder::builder().command_timeout(zero), "`command_timeout`"),
            (Larder::builder().connect_timeout(zero), "`connect_timeout`"),
            (Larder::builder().local(Local::For(zero)), "`Local::Off`"),
        ] {
            let error = builder.build().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.message().contains(name), "{error}");
        }
    }
}
