//! The servers that the cases run on.

use std::sync::OnceLock;
use std::time::Duration;

use larder_runtime::backend::memory::MemoryServer;
use larder_runtime::backend::redis::RedisBackend;
use larder_runtime::backend::{Backend, Call, Command, Resend, SharedBackend};
use larder_runtime::clock::Clock;
use larder_runtime::config::{ConnectSettings, Endpoint};

use super::support::server::RedisServer;

/// How long anything may take before the test has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// The version of Redis whose very words the embedded server has.
const MODEL: &str = "7.0.";

/// How a server words its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wording {
    /// As the embedded one.
    Model,
    /// In words of another version, or of another project. Codes are the same everywhere.
    Other,
}

/// The one clock that every server, connection and deadline here is made with.
fn clock() -> &'static Clock {
    static CLOCK: OnceLock<Clock> = OnceLock::new();
    CLOCK.get_or_init(Clock::system)
}

/// A connection to the one real server of this process. Every case has keys of its own in it.
pub(crate) async fn redis() -> SharedBackend {
    static SERVER: OnceLock<RedisServer> = OnceLock::new();
    connect(SERVER.get_or_init(RedisServer::start)).await
}

/// How this server words its errors.
pub(crate) async fn wording(server: &SharedBackend) -> Wording {
    let command = Command::new("INFO").arg("server");
    let info = server.run(&command, &call()).await;
    let info = info.and_then(|info| info.into_bytes("INFO"));
    let info = String::from_utf8(info.expect("a server").unwrap_or_default());
    let info = info.expect("what is said of a server is text");
    // Valkey names the version of Redis that it is compatible with, which is 7.2 for all of its
    // own.
    let version = info
        .lines()
        .find_map(|line| line.strip_prefix("redis_version:"));
    match version {
        Some(version) if version.starts_with(MODEL) => Wording::Model,
        _ => Wording::Other,
    }
}

/// A connection to this real server.
pub(crate) async fn connect(server: &RedisServer) -> SharedBackend {
    let Ok(Endpoint::Redis(endpoint)) = server.url().parse() else {
        panic!("{} is no URL of a server", server.url());
    };
    // A machine under load is no reason to give a connection up, and with it all that was tracked.
    let mut settings = ConnectSettings::default();
    settings.connect_timeout = Duration::from_secs(20);
    settings.probe_timeout = Duration::from_secs(20);
    let backend = RedisBackend::connect(&endpoint, &settings, clock()).await;
    SharedBackend::new(backend.expect("a running server"))
}

/// An embedded server of its own.
pub(crate) fn embedded() -> MemoryServer {
    MemoryServer::builder().clock(clock().clone()).build()
}

/// A connection to an embedded server.
pub(crate) fn link(server: &MemoryServer) -> SharedBackend {
    SharedBackend::new(server.connect())
}

/// What the future gives, unless it takes longer than anything here does.
pub(crate) async fn in_time<F: Future>(future: F) -> F::Output {
    let answer = clock().timeout_at(clock().now() + PATIENCE, future).await;
    answer.unwrap_or_else(|_| panic!("nothing came within {PATIENCE:?}"))
}

/// A call with more time than any command here takes.
pub(crate) fn call() -> Call {
    Call {
        deadline: clock().now() + PATIENCE,
        resend: Resend::Never,
    }
}
