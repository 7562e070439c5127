//! Where it happens: one server or two, the networks of two nodes, and what goes wrong.

use std::time::Duration;

use larder::Larder;

use super::contest::LEASE;
use crate::support::proxy::Proxy;
use crate::support::server::RedisServer;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// `kill -9`, and it comes back with what it had acknowledged.
    KilledWithData,
    /// `kill -9`, and it comes back with nothing.
    KilledWithoutData,
    /// `CLIENT PAUSE` for less than the lease.
    PausedShortly,
    /// `CLIENT PAUSE` for longer than the lease.
    PausedForLong,
    /// The primary is killed, and its replica, which had got everything, is promoted.
    InformedReplica,
    /// The primary is killed, and its replica, which had been cut off before the lock was taken, is
    /// promoted.
    UninformedReplica,
    /// The same, but the primary lives on, and the holder's node talks to it.
    TwoPrimaries,
}

/// The servers of one round, and a node on either side.
pub(super) struct Site {
    fault: Fault,
    primary: RedisServer,
    replica: Option<RedisServer>,
    holder_network: Proxy,
    contender_network: Proxy,
    pub(super) holder: Larder,
    pub(super) contender: Larder,
    /// What the lock protects lives elsewhere.
    pub(super) vault: RedisServer,
}

impl Fault {
    pub(super) const ALL: [Self; 7] = [
        Self::KilledWithData,
        Self::KilledWithoutData,
        Self::PausedShortly,
        Self::PausedForLong,
        Self::InformedReplica,
        Self::UninformedReplica,
        Self::TwoPrimaries,
    ];

    fn has_replica(self) -> bool {
        matches!(
            self,
            Self::InformedReplica | Self::UninformedReplica | Self::TwoPrimaries
        )
    }
}

impl Site {
    pub(super) async fn build(fault: Fault) -> Self {
        let primary = match fault {
            Fault::KilledWithData => RedisServer::builder()
                .config("appendonly", "yes")
                .config("appendfsync", "always")
                .start(),
            // A replica is given what it asks for at once.
            _ => RedisServer::builder()
                .config("repl-diskless-sync-delay", "0")
                .start(),
        };
        let replica = fault.has_replica().then(|| replica_of(&primary));
        let holder_network = Proxy::start(primary.address()).await;
        let contender_network = Proxy::start(primary.address()).await;
        Self {
            holder: node(&holder_network.url()).await,
            contender: node(&contender_network.url()).await,
            fault,
            primary,
            replica,
            holder_network,
            contender_network,
            vault: RedisServer::start(),
        }
    }

    /// Before the lock is taken.
    pub(super) fn prepare(&self) {
        if let (Fault::UninformedReplica | Fault::TwoPrimaries, Some(replica)) =
            (self.fault, &self.replica)
        {
            // It keeps what it has, and waits for a primary that never comes.
            replica.command(&["REPLICAOF", "127.0.0.1", "1"]);
        }
    }

    /// While the lock is held.
    pub(super) async fn strike(&mut self) {
        match self.fault {
            Fault::KilledWithData | Fault::KilledWithoutData => self.primary.restart(),
            Fault::PausedShortly => self.pause(LEASE / 2),
            Fault::PausedForLong => self.pause(LEASE * 3 / 2),
            Fault::InformedReplica => {
                until_all_is_replicated(&self.primary).await;
                self.primary.kill();
                self.promote(&[&self.holder_network, &self.contender_network]);
            }
            Fault::UninformedReplica => {
                self.primary.kill();
                self.promote(&[&self.holder_network, &self.contender_network]);
            }
            Fault::TwoPrimaries => self.promote(&[&self.contender_network]),
        }
    }

    fn pause(&self, time: Duration) {
        let millis = time.as_millis().to_string();
        self.primary.command(&["CLIENT", "PAUSE", &millis, "ALL"]);
    }

    /// Makes a primary of the replica, which these networks lead to from now on.
    fn promote(&self, networks: &[&Proxy]) {
        let replica = self.replica.as_ref().expect("this fault has one");
        replica.command(&["REPLICAOF", "NO", "ONE"]);
        for network in networks {
            network.lead_to(replica.address());
            network.drop_connections();
        }
    }
}

async fn node(url: &str) -> Larder {
    let builder = Larder::builder().url(url).app("app");
    builder.build().await.expect("a running server")
}

fn replica_of(primary: &RedisServer) -> RedisServer {
    let replica = RedisServer::builder()
        .config("replicaof", &format!("127.0.0.1 {}", primary.port()))
        .start();
    while !replica
        .command(&["INFO", "replication"])
        .contains("master_link_status:up")
    {
        std::thread::sleep(Duration::from_millis(5));
    }
    replica
}

/// Ready when the replica has everything that the primary had when it was asked.
async fn until_all_is_replicated(primary: &RedisServer) {
    let offset = |line: &str, name: &str| {
        let (_, rest) = line.split_once(name)?;
        rest.split([',', '\r', '\n']).next()?.parse::<u64>().ok()
    };
    let sent = primary.command(&["INFO", "replication"]);
    let sent = offset(&sent, "master_repl_offset:").expect("a primary has one");
    loop {
        let told = primary.command(&["INFO", "replication"]);
        if offset(&told, ",offset=").is_some_and(|received| received >= sent) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
