//! The servers that keep locks with `quorum`: how they are declared and reached.

use std::sync::Arc;

use super::start::Start;
use crate::backend::any::AnyBackend;
#[cfg(feature = "testing")]
use crate::backend::memory::MemoryBackend;
#[cfg(feature = "memory")]
use crate::backend::memory::MemoryServer;
use crate::backend::redis::RedisBackend;
use crate::clock::Clock;
use crate::config::{ConnectSettings, Endpoint, RedisEndpoint};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::key::Scope;
use crate::lock::Quorum;

/// Fewer have no majority that outlives the loss of one; more are more to ask than anybody gains
/// by.
const SIZES: std::ops::RangeInclusive<usize> = 3..=15;

/// The declaration.
#[derive(Debug, Clone, Default)]
pub(super) struct QuorumSettings {
    seats: Vec<Seat>,
    /// The variable that declares it, for errors.
    variable: Option<&'static str>,
    #[cfg(feature = "testing")]
    mistaken_majority: Option<usize>,
}

/// Where one of the servers is.
#[derive(Debug, Clone)]
enum Seat {
    /// Parsed at once, so that no password stays in here unguarded; a mistake waits for `build`.
    Url(Result<Endpoint>),
    #[cfg(feature = "memory")]
    Memory(MemoryServer),
    #[cfg(feature = "testing")]
    Link(MemoryBackend),
}

/// The servers, reached; none if none were declared.
#[derive(Debug, Default)]
pub(crate) struct QuorumServers {
    named: Vec<(String, AnyBackend)>,
    #[cfg(feature = "testing")]
    mistaken_majority: Option<usize>,
}

impl QuorumSettings {
    pub(super) fn of_urls<U: AsRef<str>>(urls: impl IntoIterator<Item = U>) -> Self {
        let seat = |url: U| Seat::Url(url.as_ref().parse());
        Self::of(urls.into_iter().map(seat).collect())
    }

    /// Of the URLs that stand in this variable.
    pub(super) fn of_variable(
        variable: &'static str,
        urls: impl Iterator<Item = Result<Endpoint>>,
    ) -> Self {
        Self {
            variable: Some(variable),
            ..Self::of(urls.map(Seat::Url).collect())
        }
    }

    #[cfg(feature = "memory")]
    pub(super) fn of_servers(servers: &[MemoryServer]) -> Self {
        Self::of(servers.iter().cloned().map(Seat::Memory).collect())
    }

    /// Embedded servers of the Larder's own.
    #[cfg(feature = "memory")]
    pub(super) fn of_new_servers(clock: &Clock) -> Self {
        let server = |_| MemoryServer::builder().clock(clock.clone()).build();
        Self::of_servers(&std::array::from_fn::<_, 3, _>(server))
    }

    #[cfg(feature = "testing")]
    pub(super) fn of_links(links: Vec<MemoryBackend>) -> Self {
        Self::of(links.into_iter().map(Seat::Link).collect())
    }

    #[cfg(feature = "testing")]
    pub(super) fn mistaking_for_majority(&mut self, majority: usize) {
        self.mistaken_majority = Some(majority);
    }

    fn of(seats: Vec<Seat>) -> Self {
        Self {
            seats,
            variable: None,
            #[cfg(feature = "testing")]
            mistaken_majority: None,
        }
    }

    pub(super) fn is_declared(&self) -> bool {
        !self.seats.is_empty()
    }

    /// Refuses servers of which no majority means anything, beside a Larder that lives there.
    pub(super) fn check(&self, larder: &Endpoint) -> Result<()> {
        if !self.is_declared() {
            return Ok(());
        }
        if !SIZES.contains(&self.seats.len()) {
            return self.wrong(format!(
                "a quorum of {} servers: name three, or five; two are not more than one, since both are needed",
                self.seats.len()
            ));
        }
        let mut known: Vec<&RedisEndpoint> = Vec::new();
        for seat in &self.seats {
            let Some(url) = seat.url() else { continue };
            match url.as_ref().map_err(Clone::clone)? {
                Endpoint::Redis(endpoint) => {
                    if known.iter().any(|it| it.address == endpoint.address) {
                        return self.wrong(format!(
                            "the quorum has {endpoint} twice: its servers must be independent, and two databases of one server are not"
                        ));
                    }
                    known.push(endpoint);
                }
                Endpoint::Memory if *larder != Endpoint::Memory => {
                    return self.wrong(
                        "the quorum has an embedded server, which no other process can ask: name Redis servers"
                            .to_owned(),
                    );
                }
                Endpoint::Memory => {}
            }
        }
        Ok(())
    }

    fn wrong<T>(&self, message: String) -> Result<T> {
        wrong(match self.variable {
            Some(variable) => format!("`{variable}`: {message}"),
            None => message,
        })
    }

    /// Connects with all of them. A minority that cannot be reached is no error: it is connected
    /// when it can be.
    pub(super) async fn connect(
        self,
        settings: &ConnectSettings,
        clock: &Clock,
        start: Start,
    ) -> Result<QuorumServers> {
        let total = self.seats.len();
        let seats = self
            .seats
            .iter()
            .map(|seat| seat.connect(settings, clock, start));
        let (mut named, mut away) = (Vec::with_capacity(total), Vec::new());
        for (seat, reached) in self
            .seats
            .iter()
            .zip(futures_util::future::join_all(seats).await)
        {
            let backend = match reached {
                Ok(backend) => backend,
                Err(error) if error.is_temporary() => {
                    tracing::warn!(%error, "a server of the quorum cannot be reached; it is connected when it can be");
                    away.push(error);
                    seat.connect(settings, clock, Start::Lazy).await?
                }
                Err(error) => return Err(error),
            };
            named.push((seat.name(named.len()), backend));
        }
        let (reached, majority) = (total - away.len(), Quorum::majority_of(total));
        if reached < majority
            && let Some(error) = away.pop()
        {
            let message = format!(
                "only {reached} of the {total} servers of the quorum can be reached, and {majority} are needed: with `.lazy(true)` the Larder starts all the same"
            );
            return Err(Error::new(ErrorKind::Unreachable, "build", message).caused_by(error));
        }
        Ok(QuorumServers {
            named,
            #[cfg(feature = "testing")]
            mistaken_majority: self.mistaken_majority,
        })
    }

    /// Those that need no connection.
    #[cfg(feature = "memory")]
    pub(super) fn embedded(self, clock: &Clock) -> Result<QuorumServers> {
        self.check(&Endpoint::Memory)?;
        let seats = self.seats.iter().enumerate();
        let named = seats.map(|(number, seat)| Ok((seat.name(number), seat.embedded(clock)?)));
        Ok(QuorumServers {
            named: named.collect::<Result<_>>()?,
            #[cfg(feature = "testing")]
            mistaken_majority: self.mistaken_majority,
        })
    }
}

#[cfg_attr(
    not(feature = "memory"),
    allow(
        clippy::unnecessary_wraps,
        clippy::match_wildcard_for_single_variants,
        reason = "without the embedded server every seat has a URL"
    )
)]
impl Seat {
    fn url(&self) -> Option<&Result<Endpoint>> {
        match self {
            Self::Url(url) => Some(url),
            #[cfg(feature = "memory")]
            Self::Memory(_) => None,
            #[cfg(feature = "testing")]
            Self::Link(_) => None,
        }
    }

    /// What messages call it.
    fn name(&self, number: usize) -> String {
        match self {
            Self::Url(Ok(endpoint @ Endpoint::Redis(_))) => endpoint.to_string(),
            _ => format!("embedded server {}", number + 1),
        }
    }

    async fn connect(
        &self,
        settings: &ConnectSettings,
        clock: &Clock,
        start: Start,
    ) -> Result<AnyBackend> {
        match self {
            Self::Url(Ok(Endpoint::Redis(endpoint))) => Ok(match start {
                Start::Connected => RedisBackend::connect(endpoint, settings, clock).await?,
                Start::Lazy => RedisBackend::lazy(endpoint, settings, clock)?,
            }
            .into()),
            other => other.embedded(clock),
        }
    }

    #[cfg(feature = "memory")]
    fn embedded(&self, clock: &Clock) -> Result<AnyBackend> {
        match self {
            Self::Url(Err(error)) => Err(error.clone()),
            Self::Url(Ok(Endpoint::Memory)) => {
                let server = MemoryServer::builder().clock(clock.clone()).build();
                Ok(server.connect().into())
            }
            Self::Url(Ok(Endpoint::Redis(_))) => wrong(
                "a Larder that is made on an embedded server connects with no URL: name the servers of its quorum by `quorum_on_memory`"
                    .to_owned(),
            ),
            Self::Memory(server) => Ok(server.connect().into()),
            #[cfg(feature = "testing")]
            Self::Link(link) => Ok(link.clone().into()),
        }
    }

    #[cfg(not(feature = "memory"))]
    fn embedded(&self, _: &Clock) -> Result<AnyBackend> {
        let Self::Url(url) = self;
        url.as_ref().map_err(Clone::clone)?;
        wrong("this build has no embedded backend: name Redis servers, or turn on the feature `memory`".to_owned())
    }
}

impl QuorumServers {
    /// The servers as what keeps locks, on the ground of this Larder.
    pub(super) fn into_quorum(self, larder: &Context, scope: &Scope) -> Option<Quorum> {
        if self.named.is_empty() {
            return None;
        }
        let server = |(name, backend)| {
            let context = Context::new(
                backend,
                larder.clock().clone(),
                *larder.limits(),
                larder.identity(),
            );
            (name, context)
        };
        let servers: Vec<(String, Arc<Context>)> = self.named.into_iter().map(server).collect();
        let quorum = Quorum::new(servers, scope.memory_of_servers());
        #[cfg(feature = "testing")]
        if let Some(majority) = self.mistaken_majority {
            return Some(quorum.mistaking_for_majority(majority));
        }
        Some(quorum)
    }
}

fn wrong<T>(message: String) -> Result<T> {
    Err(Error::new(ErrorKind::Configuration, "build", message))
}
