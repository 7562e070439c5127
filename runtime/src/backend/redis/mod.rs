//! A Redis or Valkey server, reached through the `redis` driver. Only this folder names the driver's connections.
//!
//! Not here yet: this file holds its place until the connection manager is merged.

use super::{Backend, Call, Command, Invocation, Listener, Pipeline, Reply};
use crate::clock::Clock;
use crate::config::{ConnectSettings, RedisEndpoint};
use crate::error::{Error, ErrorKind, Result};

/// A server.
#[derive(Debug, Clone, Copy)]
pub struct RedisBackend;

impl RedisBackend {
    /// Connects.
    pub async fn connect(_: &RedisEndpoint, _: &ConnectSettings, _: &Clock) -> Result<Self> {
        Err(absent())
    }

    /// Connects later.
    pub fn lazy(_: &RedisEndpoint, _: &ConnectSettings, _: &Clock) -> Result<Self> {
        Err(absent())
    }
}

fn absent() -> Error {
    Error::new(
        ErrorKind::Unsupported,
        "redis",
        "the Redis backend is not merged yet",
    )
}

impl Backend for RedisBackend {
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
