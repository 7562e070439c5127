//! The embedded server: Redis data types, commands and scripts in this process.
//!
//! Not here yet: this file holds its place until the server is merged.

use super::{Backend, Call, Command, Invocation, Listener, Pipeline, Reply};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};

/// The embedded server.
#[derive(Debug, Clone, Copy, Default)]
pub struct MemoryServer;

/// Settings for one.
#[derive(Debug, Clone, Copy)]
pub struct MemoryServerBuilder;

/// A connection to one.
#[derive(Debug, Clone, Copy)]
pub struct MemoryBackend;

impl MemoryServer {
    /// One.
    #[must_use]
    pub fn new() -> Self {
        Self
    }

    /// One with settings.
    pub fn builder() -> MemoryServerBuilder {
        MemoryServerBuilder
    }

    /// A connection.
    pub fn connect(&self) -> MemoryBackend {
        MemoryBackend
    }
}

impl MemoryServerBuilder {
    /// Its clock.
    #[must_use]
    pub fn clock(self, _clock: Clock) -> Self {
        self
    }

    /// The server.
    pub fn build(self) -> MemoryServer {
        MemoryServer
    }
}

fn absent() -> Error {
    Error::new(
        ErrorKind::Unsupported,
        "memory",
        "the embedded server is not merged yet",
    )
}

impl Backend for MemoryBackend {
    async fn run(&self, _: &Command, _: &Call) -> Result<Reply> {
        Err(absent())
    }
    async fn pipeline(&self, _: &Pipeline, _: &Call) -> Result<Vec<Reply>> {
        Err(absent())
    }
    async fn script(&self, _: &Invocation<'_>, _: &Call) -> Result<Reply> {
        Err(absent())
    }
    fn listen(&self, _: Listener) {}
    async fn close(&self) {}
}
