//! Calls that are all answered from a copy in this process, ours and a peer's, side by side in a
//! process of their own.

use std::fmt;

use ::larder::Larder;

use super::hits::{Callers, KEYS, batch};
use crate::actor::{Actor, Stage};
use crate::measure::{Plan, Progress, Result, Times, side_by_side};
use crate::peers::{cached_in_memory, larder};
use crate::row::{Row, Target, Time};
use crate::source;
use crate::support::server::RedisServer;

pub(super) const PART: &str = "local_hits";

/// How the value reaches the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Behind an `Arc`.
    Shared,
    /// As a clone of its own.
    Cloned,
}

/// Enough calls for a batch to take some milliseconds.
const PLAN: Plan = Plan {
    rounds: 200,
    calls: 20_000,
};

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shared => "shared",
            Self::Cloned => "cloned",
        })
    }
}

/// Whether the peer bounds what it keeps, as ours always does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Memory {
    Bounded,
    Unbounded,
}

/// The rows of ours against the peer's: bounded as ours is, which is what is asked for, and without
/// a bound.
pub(super) async fn compare(id: &'static str, answer: Answer, most: f64) -> Result<Vec<Row>> {
    let bounded = row(id, answer, Memory::Bounded).await?;
    let unbounded = row(id, answer, Memory::Unbounded).await?;
    Ok(vec![bounded.target(Target::RatioAtMost(most)), unbounded])
}

async fn row(id: &'static str, answer: Answer, memory: Memory) -> Result<Row> {
    let server = RedisServer::start();
    let (answer, bound) = (answer.to_string(), memory.to_string());
    let mut actor = Actor::start(&[PART, &answer, &bound, &server.url()])?;
    let times: Times = serde_json::from_str(&actor.report().await?)?;
    let peer = format!("{}, {bound}", cached_in_memory::NAME);
    let row = Row::of_rounds(id, &times.wall, peer, Time::Nanoseconds);
    let note = format!(
        "processor time: ours {:.0} ns, peer {:.0} ns, ratio {:.3}",
        times.processor.ours(),
        times.processor.peer(),
        times.processor.ratio().median,
    );
    Ok(row.note(note))
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bounded => "bounded",
            Self::Unbounded => "unbounded",
        })
    }
}

/// Calls of this function, whose answers are looked at by nobody.
macro_rules! calls {
    ($function:path) => {
        |id| async move {
            std::hint::black_box($function(id).await);
            Ok(())
        }
    };
}

/// Measures both, in the process of an actor.
pub(super) async fn act(answer: &str, memory: &str, url: &str) -> Result<()> {
    let stage = Stage::enter();
    larder::connect_patiently(url).await?;
    let (local, shared) = (calls!(larder::local_user), calls!(larder::shared_user));
    let times = match (answer, memory) {
        ("shared", "bounded") => against(shared, calls!(cached_in_memory::shared_user)).await?,
        ("shared", _) => against(shared, calls!(cached_in_memory::unbounded_shared_user)).await?,
        (_, "bounded") => against(local, calls!(cached_in_memory::user)).await?,
        _ => against(local, calls!(cached_in_memory::unbounded_user)).await?,
    };
    stage.report(serde_json::to_string(&times)?);
    Ok(())
}

async fn against<F, C, G, D>(ours: F, peer: G) -> Result<Times>
where
    F: Fn(u64) -> C + Clone + Send + Sync + 'static,
    C: Future<Output = Result<()>> + Send,
    G: Fn(u64) -> D + Clone + Send + Sync + 'static,
    D: Future<Output = Result<()>> + Send,
{
    for id in 0..KEYS {
        peer(id).await?;
        keep(id, &ours).await?;
    }
    let before = hits()?;
    let one = Callers::One;
    let times = side_by_side(
        PLAN,
        &Progress::of(PART),
        || batch(one, PLAN.calls, ours.clone()),
        || batch(one, PLAN.calls, peer.clone()),
    )
    .await?;
    // One more batch than there are rounds, of which a few calls may have come while a canary was
    // late.
    let calls = ((PLAN.rounds + 1) * PLAN.calls) as u64;
    let missed = calls - (hits()? - before);
    if missed * 1000 > calls {
        return Err(format!("{missed} of {calls} calls were not answered from a copy").into());
    }
    source::loads();
    Ok(times)
}

/// Calls until a copy answers.
async fn keep<F, C>(id: u64, call: &F) -> Result<()>
where
    F: Fn(u64) -> C,
    C: Future<Output = Result<()>>,
{
    for _ in 0..100 {
        let before = hits()?;
        call(id).await?;
        if hits()? > before {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    Err("no copy is kept".into())
}

/// How many calls were answered from a copy.
fn hits() -> Result<u64> {
    let larder = Larder::current()?;
    let of = |namespace| larder.stats(namespace).local_hits;
    Ok(of("local.users") + of("local.shared"))
}
