//! The embedded server: Redis data types, commands and scripts in this process.
//!
//! [`MemoryServer`] is a server object; any number of links connect to it
//! ([`MemoryServer::connect`]), and each is a [`Backend`](super::Backend). Commands answer as Redis
//! 7.0 does, error texts included, and scripts are run by the same Lua. Nothing waits for real
//! time: expiry follows the server's [`Clock`](crate::clock::Clock), and with Tokio's paused clock
//! a test with many links runs the same way every time.
//!
//! Steps take turns: a command, an atomic pipeline or a script has the state to itself from
//! beginning to end, and what it has to tell others is told after it.

mod channel;
mod command;
#[cfg(feature = "testing")]
mod control;
mod database;
mod dictionary;
mod eviction;
mod expiry;
mod fault;
mod glob;
#[cfg(feature = "testing")]
mod inspection;
mod keyspace;
mod link;
mod lua;
mod mailbox;
mod notification;
mod number;
mod refusal;
mod request;
mod sabotage;
mod server;
mod session;
mod sweeper;
mod sweeping;
mod tracking;
mod turn;
mod value;

#[cfg(test)]
mod tests;

#[cfg(feature = "testing")]
pub use control::LinkControl;
#[cfg(feature = "testing")]
pub use fault::RoundTrips;
#[cfg(feature = "testing")]
pub(crate) use fault::{Passage, Way};
#[cfg(feature = "testing")]
pub(crate) use inspection::{Content, StoredKey};
pub use link::MemoryBackend;
#[cfg(feature = "testing")]
pub(crate) use request::Request;
#[cfg(feature = "testing")]
pub(crate) use sabotage::{Fate, OfCommand, OfScript, Sabotage, Told};
pub use server::{MemoryServer, MemoryServerBuilder};
