//! Locks that independent servers keep, of which a majority decides.

mod away;
mod declared;
mod held;
mod turns;

use std::time::Duration;

use larder::testing::LinkControl;
use larder::{Larder, LarderBuilder, Lock, MemoryServer};

use crate::support::server::RedisServer;

const LEASE: Duration = Duration::from_secs(3);

/// Three embedded servers, which keep locks.
struct Three([MemoryServer; 3]);

impl Three {
    fn new() -> Self {
        Self(std::array::from_fn(|_| MemoryServer::new()))
    }

    /// Three whose memory goes back for longer than the lease, so that two are enough.
    async fn known() -> Self {
        let three = Self::new();
        drop(three.node().0.lock("others").quorum().acquire("a").await);
        tokio::time::sleep(LEASE * 2).await;
        three
    }

    /// A process, and its links to the three.
    fn node(&self) -> (Larder, [LinkControl; 3]) {
        let links = self.0.each_ref().map(MemoryServer::connect);
        let controls = links
            .each_ref()
            .map(larder::testing::MemoryBackend::control);
        let builder = Larder::builder().app("app");
        let builder = builder.quorum_on_memory_links(links.into());
        (builder.on_memory(&MemoryServer::new()), controls)
    }
}

fn jobs(node: &Larder) -> Lock {
    node.lock("jobs").lease(LEASE).quorum()
}

/// Three real servers.
fn three() -> [RedisServer; 3] {
    std::array::from_fn(|_| RedisServer::start())
}

fn builder_on(servers: &[RedisServer]) -> LarderBuilder {
    let urls = servers.iter().map(RedisServer::url);
    // These cases are not about time, and the machine may be busy.
    let patience = Duration::from_secs(10);
    let builder = Larder::builder().app("app").quorum(urls);
    builder.command_timeout(patience).connect_timeout(patience)
}

async fn node_on(servers: &[RedisServer]) -> Larder {
    builder_on(servers).build().await.unwrap()
}
