//! One connection, for as long as it lives.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use redis::aio::MultiplexedConnection;
use redis::{Cmd, RedisResult, Value};
use tokio::task::AbortHandle;

use super::group::Reads;
use super::traffic::Traffic;

/// A connection that every call shares, with what is known about it.
pub(super) struct Link {
    connection: MultiplexedConnection,
    generation: u64,
    tracking: Tracking,
    driver: AbortHandle,
    traffic: Traffic,
    reads: Reads,
    /// Whether somebody waited in vain since the last probe.
    suspected: AtomicBool,
}

/// Whether the server tells this connection of changes to what it read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tracking {
    On,
    Refused,
}

impl Link {
    /// A connection that is set up; `driver` is the task that reads and writes it.
    pub(super) fn new(
        connection: MultiplexedConnection,
        generation: u64,
        tracking: Tracking,
        driver: AbortHandle,
        traffic: Traffic,
    ) -> Self {
        Self {
            connection,
            generation,
            tracking,
            driver,
            traffic,
            reads: Reads::default(),
            suspected: AtomicBool::new(false),
        }
    }

    /// Which connection this is; a later one has a higher number.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether the server tells this connection of changes to what it read.
    pub(super) fn tracking(&self) -> Tracking {
        self.tracking
    }

    /// Sends one command and waits for its reply.
    pub(super) async fn send(&self, command: &Cmd) -> RedisResult<Value> {
        let _under_way = self.traffic.enter();
        self.connection.clone().send_packed_command(command).await
    }

    /// How many requests are under way, and whether anything comes in.
    pub(super) fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Who is to read on this connection.
    pub(super) fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Sends commands in one write and waits for a reply to each.
    pub(super) async fn send_all(&self, pipeline: &redis::Pipeline) -> RedisResult<Vec<Value>> {
        let _under_way = self.traffic.enter();
        self.connection
            .clone()
            .send_packed_commands(pipeline, 0, pipeline.len())
            .await
    }

    /// Notes that somebody waited in vain; whether that is news.
    pub(super) fn suspect(&self) -> bool {
        !self.suspected.swap(true, Ordering::Relaxed)
    }

    /// Whether anybody waited in vain since this was last asked.
    pub(super) fn take_suspicion(&self) -> bool {
        self.suspected.swap(false, Ordering::Relaxed)
    }

    /// Ends the connection. Whoever waits for a reply on it is told at once.
    pub(super) fn cut(&self) {
        self.driver.abort();
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("generation", &self.generation)
            .field("tracking", &self.tracking)
            .finish_non_exhaustive()
    }
}
