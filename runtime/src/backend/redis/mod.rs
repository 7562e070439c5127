//! A Redis or Valkey server, reached through the `redis` driver. Only this folder names the
//! driver's connections.
//!
//! All calls share one connection, which batches them by itself; subscriptions have one of their
//! own, from the first one on. For each, one task, the *keeper*, makes connections; calls read the
//! live one from a slot and fail at once when there is none. A
//! connection is given up when it ends, when the server turns into a replica, when what it says
//! cannot be read, and when a call ran out of time and then nothing comes in, not even the answer to
//! a `PING`. Nothing is ever sent twice, save a script that the server said it does not know, and reads
//! that it would not answer together.
#![allow(
    clippy::disallowed_types,
    reason = "this folder is the one that may name the driver's connections"
)]

mod back_off;
mod batch;
mod channels;
mod convert;
mod dial;
mod driver;
mod failure;
mod gathering;
mod group;
mod in_flight;
mod keeper;
mod kept;
mod link;
mod purpose;
mod reads;
mod setup;
mod shared;
mod slot;
mod stream;
mod tls;
mod traffic;

use std::pin::pin;
use std::sync::Arc;

use tokio::runtime::Handle;

use self::channels::Channels;
use self::dial::{Dialed, Dialer};
use self::kept::Kept;
use self::link::Tracking;
use self::purpose::Purpose;
use self::slot::Slot;
use super::command::Company;
use super::{Atomicity, Backend, Call, Command, Invocation, Listener, Pipeline, Reply};
use crate::clock::Clock;
use crate::config::{ConnectSettings, RedisEndpoint};
use crate::error::{Error, ErrorKind, Result};

/// One Redis or Valkey server (7.0 or newer).
///
/// It belongs to the Tokio runtime that it was made in: when that has ended, every call fails as
/// [`ErrorKind::Closed`], and while nobody drives that, [`close`](Backend::close) waits. While there is no connection every call
/// fails within microseconds as [`ErrorKind::Unreachable`]; the connection comes back by itself.
/// Dropping it ends the connection.
#[derive(Debug)]
pub struct RedisBackend {
    calls: Kept,
    channels: Channels,
    database: u32,
}

impl RedisBackend {
    /// Connects, or says what is wrong: an unreachable server, refused credentials, a database that
    /// does not exist, an untrusted certificate, a server that is too old, a replica.
    pub async fn connect(
        endpoint: &RedisEndpoint,
        settings: &ConnectSettings,
        clock: &Clock,
    ) -> Result<Self> {
        let (slot, dialer) = Self::prepare(endpoint, settings, clock)?;
        let first = dialer.dial().await?;
        slot.put(Arc::clone(&first.link));
        Ok(Self::start(endpoint, dialer, Some(first)))
    }

    /// Returns at once and connects in the background, for as long as it takes. Only mistakes that
    /// can be seen without the server are errors: settings that contradict each other, certificates
    /// that cannot be read.
    pub fn lazy(
        endpoint: &RedisEndpoint,
        settings: &ConnectSettings,
        clock: &Clock,
    ) -> Result<Self> {
        let (_, dialer) = Self::prepare(endpoint, settings, clock)?;
        Ok(Self::start(endpoint, dialer, None))
    }

    /// Whether there is a connection now.
    pub fn is_connected(&self) -> bool {
        self.calls.slot().current().is_some()
    }

    /// The number of the newest connection: it grows with every new one, and is 0 before the first.
    pub fn generation(&self) -> u64 {
        self.calls.slot().generation()
    }

    /// The number of the database that the URL names.
    pub(crate) fn database(&self) -> u32 {
        self.database
    }

    /// The runtime that it belongs to.
    pub(crate) fn runtime(&self) -> &Handle {
        self.channels.runtime()
    }

    /// How often a connection was attempted, successfully or not.
    pub fn dials(&self) -> u64 {
        self.calls.dialer().dials()
    }

    /// Whether the server tells the present connection of changes to what was read after
    /// `CLIENT CACHING YES`.
    pub fn supports_tracking(&self) -> bool {
        self.calls
            .slot()
            .current()
            .is_some_and(|link| link.tracking() == Tracking::On)
    }

    fn prepare(
        endpoint: &RedisEndpoint,
        settings: &ConnectSettings,
        clock: &Clock,
    ) -> Result<(Arc<Slot>, Dialer)> {
        if Handle::try_current().is_err() {
            return Err(Error::new(
                ErrorKind::Configuration,
                "connect",
                "there is no Tokio runtime here: connect inside `#[tokio::main]` or `Runtime::block_on`",
            ));
        }
        let slot = Arc::new(Slot::new(endpoint.to_string()));
        let dialer = Dialer::new(endpoint, settings, clock, Arc::clone(&slot))?;
        Ok((slot, dialer))
    }

    fn start(endpoint: &RedisEndpoint, dialer: Dialer, first: Option<Dialed>) -> Self {
        let calls = Kept::start(&Handle::current(), dialer, Purpose::Calls, first);
        Self {
            calls,
            channels: Channels::new(Handle::current()),
            database: endpoint.database,
        }
    }
}

impl Backend for RedisBackend {
    async fn run(&self, command: &Command, call: &Call) -> Result<Reply> {
        let operation = command.name();
        if command.company() == Company::WithOthers {
            let link = self.calls.slot().link(operation)?;
            let reading = pin!(reads::read(&link, command));
            let value = self.calls.request(&link, operation, call, reading).await?;
            return convert::reply(value, operation)?.checked(operation);
        }
        shared::check(command)?;
        let kept = if shared::is_of_channels(command) {
            self.channels.beside(&self.calls, operation).await?
        } else {
            &self.calls
        };
        let link = kept.slot().link(operation)?;
        kept.one(&link, command, call).await?.checked(operation)
    }

    async fn pipeline(&self, pipeline: &Pipeline, call: &Call) -> Result<Vec<Reply>> {
        let commands = pipeline.commands();
        for command in commands {
            shared::check(command)?;
            shared::check_among_others(command)?;
        }
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        match pipeline.atomicity() {
            Atomicity::Independent => {
                let operation = "pipeline";
                let link = self.calls.slot().link(operation)?;
                let sent = batch::together(commands);
                let values = self.calls.all(&link, operation, &sent, call).await?;
                convert::replies(values, operation)
            }
            Atomicity::Atomic => {
                let operation = "EXEC";
                let link = self.calls.slot().link(operation)?;
                let sent = batch::transaction(commands);
                let values = self.calls.all(&link, operation, &sent, call).await?;
                batch::executed(values, operation)
            }
        }
    }

    async fn script(&self, invocation: &Invocation<'_>, call: &Call) -> Result<Reply> {
        let command = invocation.command();
        let operation = command.name();
        let link = self.calls.slot().link(operation)?;
        match self.calls.one(&link, command, call).await? {
            // The server did not run it, so sending it again is safe.
            Reply::Error(error) if error.code() == "NOSCRIPT" => {
                let load = Command::new("SCRIPT")
                    .arg("LOAD")
                    .arg(invocation.script().text());
                let sent = batch::together(&[load, command.clone()]);
                let values = self.calls.all(&link, operation, &sent, call).await?;
                batch::taught(values, operation)
            }
            reply => reply.checked(operation),
        }
    }

    fn listen(&self, listener: Listener) {
        self.calls.slot().listen(&listener);
    }

    async fn close(&self) {
        tokio::join!(self.calls.close(), self.channels.close());
    }
}
