//! `rate_denied`: one caller whose key is denied, which is remembered, so that the server is not
//! asked.

use larder::{Larder, Limiter};

use crate::actor::{Actor, Stage};
use crate::measure::{Plan, Progress, Result, Times, side_by_side};
use crate::row::{Row, Target};
use crate::support::server::RedisServer;

pub(super) const ID: &str = "rate_denied";

pub(super) async fn run() -> Result<Vec<Row>> {
    let server = RedisServer::start();
    let mut actor = Actor::start(&[ID, &server.url()])?;
    let times: Times = serde_json::from_str(&actor.report().await?)?;
    let row = Row::without_peer(ID, times.wall.ours(), "the server is not asked", "ns");
    let note = format!("processor time {:.0} ns", times.processor.ours());
    Ok(vec![row.note(note).target(Target::OursAtMost(200.0))])
}

/// Measures in the process of an actor.
pub(super) async fn act(url: &str) -> Result<()> {
    let stage = Stage::enter();
    let larder = Larder::builder().url(url).app("bench").build().await?;
    let limiter = larder.limiter("denied").limits("1/d")?;
    limiter.check("ada").await?;
    let plan = Plan {
        rounds: 60,
        calls: 20_000,
    };
    let progress = Progress::of(ID);
    let denials = || denials(&limiter, plan.calls);
    let times = side_by_side(plan, &progress, denials, denials).await?;
    let stats = larder.rate_stats("denied");
    // A denial is asked about once a second, and is remembered otherwise.
    if stats.allowed != 1 || stats.denied - stats.denied_locally > 120 {
        return Err(format!("it was not denied by this process: {stats:?}").into());
    }
    stage.report(serde_json::to_string(&times)?);
    Ok(())
}

async fn denials(limiter: &Limiter, calls: usize) -> Result<()> {
    for _ in 0..calls {
        std::hint::black_box(limiter.check("ada").await?);
    }
    Ok(())
}
