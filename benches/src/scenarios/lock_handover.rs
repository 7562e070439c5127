//! `lock_handover`: one holds a lock and another waits for it. How long is it from the release
//! until the other has it?

use std::time::Duration;

use larder::Larder;
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::actor::{Actor, Stage};
use crate::measure::{Progress, Result, Stopwatch, median, quantile};
use crate::peers::rslock::{self, RsLock};
use crate::row::{Row, Target};
use crate::support::server::RedisServer;

pub(super) const ID: &str = "lock_handover";

const LEASE: Duration = Duration::from_secs(30);
const ROUNDS: usize = 1_000;
/// The peer asks again after a pause of up to 200 ms, so its rounds take longer.
const ROUNDS_OF_PEER: usize = 100;
/// How long it takes at most until who waits does nothing but wait.
const SETTLED: Duration = Duration::from_millis(5);

/// Milliseconds, round by round.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Handovers {
    ours: Vec<f64>,
    peer: Vec<f64>,
}

pub(super) async fn run() -> Result<Vec<Row>> {
    let server = RedisServer::start();
    let mut actor = Actor::start(&[ID, &server.url()])?;
    let Handovers { ours, peer } = serde_json::from_str(&actor.report().await?)?;
    let of_100 = |times: &[f64]| quantile(times, 0.99);
    let note = format!(
        "the 99th of 100; medians: ours {:.3}, peer {:.1}; longest: ours {:.2}, peer {:.0}",
        median(&ours),
        median(&peer),
        quantile(&ours, 1.0),
        quantile(&peer, 1.0),
    );
    let row = Row::new(ID, of_100(&ours), of_100(&peer), rslock::NAME, "ms");
    Ok(vec![row.note(note).target(Target::OursAtMost(2.0))])
}

/// Measures both, in the process of an actor.
pub(super) async fn act(url: &str) -> Result<()> {
    let stage = Stage::enter();
    let node = async || Larder::builder().url(url).app("bench").build().await;
    let (one, other) = (node().await?, node().await?);
    let (peer_one, peer_other) = (RsLock::new(url), RsLock::new(url));
    let progress = Progress::of(ID);
    let mut handovers = Handovers::default();
    for round in 0..ROUNDS {
        progress.round(round, ROUNDS);
        handovers.ours.push(hand_over(&one, &other).await?);
        if round % (ROUNDS / ROUNDS_OF_PEER) == 0 {
            let took = hand_over_of_peer(&peer_one, &peer_other).await?;
            handovers.peer.push(took);
        }
    }
    stage.report(serde_json::to_string(&handovers)?);
    Ok(())
}

async fn hand_over(one: &Larder, other: &Larder) -> Result<f64> {
    let guard = one.lock("handover").lease(LEASE).acquire("a").await?;
    let lock = other.lock("handover").lease(LEASE);
    let waiter = tokio::spawn(async move { lock.acquire("a").await });
    sleep(SETTLED).await;
    let watch = Stopwatch::start();
    let (released, taken) = tokio::join!(guard.release(), async {
        let taken = waiter.await;
        (taken, watch.millis())
    });
    released?;
    let (taken, took) = taken;
    taken??.release().await?;
    Ok(took)
}

async fn hand_over_of_peer(one: &RsLock, other: &RsLock) -> Result<f64> {
    let guard = one.acquire(0, LEASE).await?;
    let other = other.clone();
    let waiter = tokio::spawn(async move { other.acquire(0, LEASE).await });
    sleep(SETTLED).await;
    let watch = Stopwatch::start();
    guard.release().await;
    let taken = waiter.await??;
    let took = watch.millis();
    taken.release().await;
    Ok(took)
}
