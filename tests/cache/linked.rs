//! Two nodes on one server, with a hand on the link of the first.

use std::time::Duration;

use larder::Larder;
use larder_runtime::backend::memory::LinkControl;

use crate::fleet::{Fleet, PATIENCE};
use crate::support::proxy::Proxy;

pub(crate) struct Linked {
    pub(crate) here: Larder,
    pub(crate) there: Larder,
    pub(crate) link: Link,
    _fleet: Fleet,
}

/// What connects a node with its server.
pub(crate) enum Link {
    Memory(LinkControl),
    Redis(Proxy),
}

impl Linked {
    pub(crate) async fn new(fleet: Fleet) -> Self {
        let there = fleet.node().await;
        // An invalidation that cannot be carried out says so soon.
        let builder = Larder::builder()
            .app("app")
            .call_budget(PATIENCE)
            .command_timeout(Duration::from_millis(300));
        let (here, link) = match &fleet {
            Fleet::Memory(server) => {
                let link = server.connect();
                let control = link.control();
                (builder.on_memory_link(link), Link::Memory(control))
            }
            Fleet::Redis(server) => {
                let proxy = Proxy::start(server.address()).await;
                let here = builder.url(proxy.url()).build().await.unwrap();
                (here, Link::Redis(proxy))
            }
        };
        Self {
            here,
            there,
            link,
            _fleet: fleet,
        }
    }

    /// Until no invalidation waits any more.
    pub(crate) async fn caught_up(&self) {
        let done = async {
            while self.here.queued_invalidations() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, done)
            .await
            .expect("it is done");
    }
}

impl Link {
    pub(crate) fn cut(&self) {
        match self {
            Self::Memory(link) => link.cut(),
            Self::Redis(proxy) => proxy.cut(),
        }
    }

    /// Nothing is answered from now on.
    pub(crate) fn stall(&self) {
        match self {
            Self::Memory(link) => link.black_hole(),
            Self::Redis(proxy) => proxy.stall(),
        }
    }

    pub(crate) fn heal(&self) {
        match self {
            Self::Memory(link) => link.heal(),
            Self::Redis(proxy) => proxy.forward(),
        }
    }
}
