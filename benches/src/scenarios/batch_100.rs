//! `batch_100`: a hundred present keys in one call, against what a person would write without a
//! library: one `MGET`, and decode.

use std::collections::HashMap;
use std::sync::Arc;

use crate::actor::{Actor, Stage};
use crate::measure::{Plan, Progress, Result, Times, side_by_side};
use crate::peers::bare::{self, Bare};
use crate::peers::larder;
use crate::row::{Row, Target, Time};
use crate::source::{self, User};
use crate::support::server::RedisServer;

pub(super) const ID: &str = "batch_100";

/// How many keys one call reads.
const IDS: u64 = 100;

/// Enough calls for a round to take some ten milliseconds.
const PLAN: Plan = Plan {
    rounds: 200,
    calls: 100,
};

pub(super) async fn run() -> Result<Vec<Row>> {
    let server = RedisServer::start();
    let mut actor = Actor::start(&[ID, &server.url()])?;
    let times: Times = serde_json::from_str(&actor.report().await?)?;
    let time = Time::Microseconds;
    let note = format!(
        "processor time of the client: ours {:.1} us, peer {:.1} us, ratio {:.3}",
        time.express(times.processor.ours()),
        time.express(times.processor.peer()),
        times.processor.ratio().median,
    );
    let row = Row::of_rounds(ID, &times.wall, bare::NAME_OF_MANY, time).note(note);
    Ok(vec![row.target(Target::RatioAtMost(1.5))])
}

/// Measures both, in the process of an actor.
pub(super) async fn act(url: &str) -> Result<()> {
    let stage = Stage::enter();
    larder::connect_patiently(url).await?;
    let bare = Bare::connect(url).await?;
    let ids: Arc<[u64]> = (0..IDS).collect();
    for id in ids.iter() {
        bare.put(&source::load(*id).await).await?;
    }
    let found = larder::users(&ids).await;
    source::loads();
    let times = side_by_side(
        PLAN,
        &Progress::of(ID),
        || {
            let ids = Arc::clone(&ids);
            repeat(async move || Ok(larder::users(&ids).await))
        },
        || {
            let (bare, ids) = (bare.clone(), Arc::clone(&ids));
            repeat(async move || bare.users(&ids).await)
        },
    )
    .await?;
    match (source::loads(), found.len()) {
        (0, 100) => {}
        (misses, found) => {
            return Err(format!("{misses} misses, {found} of {IDS} keys found").into());
        }
    }
    stage.report(serde_json::to_string(&times)?);
    Ok(())
}

async fn repeat(call: impl AsyncFn() -> Result<HashMap<u64, User>>) -> Result<()> {
    for _ in 0..PLAN.calls {
        std::hint::black_box(call().await?);
    }
    Ok(())
}
