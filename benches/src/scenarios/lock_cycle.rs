//! `lock_cycle`: a free lock is taken and given back, by one caller and by 64 tasks with a key
//! each, against `rslock`.

use std::time::Duration;

use larder::{Larder, Lock};

use super::hits::{Callers, KEYS};
use crate::actor::{Actor, Stage};
use crate::measure::{Failure, Plan, Progress, Result, Times, side_by_side};
use crate::peers::rslock::{self, RsLock};
use crate::row::{Row, Target, Time};
use crate::support::server::RedisServer;

pub(super) const ID: &str = "lock_cycle";

/// As long as ours is unless said.
const LEASE: Duration = Duration::from_secs(30);

pub(super) async fn run() -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for callers in [Callers::One, Callers::Many] {
        let server = RedisServer::start();
        let mut actor = Actor::start(&[ID, callers.word(), &server.url()])?;
        let times: Times = serde_json::from_str(&actor.report().await?)?;
        let name = match callers {
            Callers::One => format!("{}, one caller", rslock::NAME),
            Callers::Several | Callers::Many => format!("{}, {KEYS} tasks", rslock::NAME),
        };
        let row = Row::of_rounds(ID, &times.wall, name, Time::Microseconds);
        rows.push(row.target(Target::RatioBelow(1.0)));
    }
    Ok(rows)
}

/// Measures both, in the process of an actor.
pub(super) async fn act(callers: &str, url: &str) -> Result<()> {
    let stage = Stage::enter();
    let larder = Larder::builder().url(url).app("bench").build().await?;
    let lock = larder.lock("cycle").lease(LEASE);
    let peer = RsLock::new(url);
    let (plan, tasks) = if callers == Callers::One.word() {
        let calls = 250;
        (Plan { rounds: 120, calls }, 1)
    } else {
        let calls = 40 * KEYS as usize;
        (Plan { rounds: 60, calls }, KEYS)
    };
    let ours = move |key| cycle(lock.clone(), key);
    let theirs = move |key| cycle_of_peer(peer.clone(), key);
    let times = side_by_side(
        plan,
        &Progress::of(ID),
        || batch(tasks, plan.calls, ours.clone()),
        || batch(tasks, plan.calls, theirs.clone()),
    )
    .await?;
    stage.report(serde_json::to_string(&times)?);
    Ok(())
}

async fn cycle(lock: Lock, key: u64) -> Result<()> {
    lock.acquire(&key).await?.release().await?;
    Ok(())
}

async fn cycle_of_peer(peer: RsLock, key: u64) -> Result<()> {
    peer.acquire(key, LEASE).await?.release().await;
    Ok(())
}

/// Each task has a key of its own, so that nobody waits.
async fn batch<F, C>(tasks: u64, calls: usize, call: F) -> Result<()>
where
    F: Fn(u64) -> C + Clone + Send + Sync + 'static,
    C: Future<Output = Result<()>> + Send,
{
    let each = calls as u64 / tasks;
    let tasks: Vec<_> = (0..tasks)
        .map(|key| {
            let call = call.clone();
            tokio::spawn(async move {
                for _ in 0..each {
                    call(key).await?;
                }
                Ok::<_, Failure>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(())
}
