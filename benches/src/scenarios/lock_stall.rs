//! `lock_stall`: the server answers nobody for 700 ms while a lock is being extended. Does its
//! holder lose it, though its lease has not ended?

use std::time::Duration;

use larder::Larder;
use tokio::time::sleep;

use crate::measure::{Progress, Result};
use crate::peers::rslock::{self, RsLock};
use crate::row::{Row, Target};
use crate::support::server::RedisServer;

pub(super) const ID: &str = "lock_stall";

const ROUNDS: usize = 5;
const STALL: Duration = Duration::from_millis(700);
/// Ours extends it by itself, three times in this time.
const LEASE: Duration = Duration::from_secs(3);
/// The peer has more than it needs.
const LEASE_OF_PEER: Duration = Duration::from_secs(10);

pub(super) async fn run() -> Result<Vec<Row>> {
    let progress = Progress::of(ID);
    let server = RedisServer::start();
    let url = server.url();
    let larder = async || Larder::builder().url(&url).app("bench").build().await;
    let (one, other) = (larder().await?, larder().await?);
    let (peer_one, peer_other) = (RsLock::new(&url), RsLock::new(&url));
    let (mut lost, mut lost_of_peer) = (0, 0);
    for round in 0..ROUNDS {
        progress.round(round, ROUNDS);
        lost += u32::from(is_lost(&server, &one, &other).await?);
        let key = round as u64;
        lost_of_peer += u32::from(is_lost_by_peer(&server, &peer_one, &peer_other, key).await?);
    }
    let (lost, lost_of_peer) = (f64::from(lost), f64::from(lost_of_peer));
    let row = Row::new(ID, lost, lost_of_peer, rslock::NAME, "locks lost");
    let note = format!("of {ROUNDS}; another holds it while the first still runs");
    Ok(vec![row.note(note).target(Target::OursAtMost(0.0))])
}

async fn is_lost(server: &RedisServer, one: &Larder, other: &Larder) -> Result<bool> {
    let guard = one.lock("stall").lease(LEASE).acquire("a").await?;
    let body = guard.run(async {
        // The first extension falls into the stall.
        sleep((LEASE / 3).saturating_sub(STALL / 2)).await;
        stall(server).await;
        // In a task of its own: within this body it would be told that the body has the lock.
        let lock = other.lock("stall");
        let taken = tokio::spawn(async move { lock.try_acquire("a").await }).await;
        sleep(LEASE / 3).await;
        taken
    });
    let outcome = body.await;
    let is_held = guard.is_held();
    guard.release().await.ok();
    Ok(match outcome {
        Ok(taken) => taken??.is_some() || !is_held,
        Err(_lost) => true,
    })
}

async fn is_lost_by_peer(
    server: &RedisServer,
    one: &RsLock,
    other: &RsLock,
    key: u64,
) -> Result<bool> {
    let guard = one.acquire(key, LEASE_OF_PEER).await?;
    // A connection that is open, as that of the other program would be.
    other.acquire(u64::MAX, LEASE).await?.release().await;
    let (extended, ()) = tokio::join!(one.extend(&guard, LEASE_OF_PEER), stall(server));
    let is_free = other.is_free(key, LEASE_OF_PEER).await;
    Ok(extended.is_err() || is_free)
}

async fn stall(server: &RedisServer) {
    server.pause();
    sleep(STALL).await;
    server.resume();
}
