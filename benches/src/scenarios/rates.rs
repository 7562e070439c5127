//! Checks of rate limits: ours and the same script by hand, side by side in a process of their own.

use larder::{Larder, Limiter};

use super::hits::{Callers, KEYS, batch};
use crate::actor::{Actor, Stage};
use crate::measure::{Plan, Progress, Result, Times, side_by_side};
use crate::peers::bare_script::{self, BareScript};
use crate::row::{Row, Time};
use crate::support::server::RedisServer;

pub(super) const PART: &str = "rates";

/// More than is ever asked for.
const LIMIT: &str = "1000000000/s";

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject {
    /// Checks that all pass.
    Allowed,
}

/// The row of ours against the script by hand.
pub(super) async fn compare(id: &'static str, subject: Subject) -> Result<Row> {
    let Subject::Allowed = subject;
    let server = RedisServer::start();
    let mut actor = Actor::start(&[PART, &server.url()])?;
    let times: Times = serde_json::from_str(&actor.report().await?)?;
    let name = format!("{}, {}", bare_script::NAME, Callers::Many.name());
    let time = Time::Microseconds;
    let note = format!(
        "processor time of the client: ours {:.2} us, peer {:.2} us, ratio {:.3}",
        time.express(times.processor.ours()),
        time.express(times.processor.peer()),
        times.processor.ratio().median,
    );
    Ok(Row::of_rounds(id, &times.wall, name, time).note(note))
}

/// Measures both, in the process of an actor.
pub(super) async fn act(url: &str) -> Result<()> {
    let stage = Stage::enter();
    let patient = Larder::builder().call_budget(std::time::Duration::from_secs(5));
    let larder = patient.url(url).app("bench").build().await?;
    let limiter = larder.limiter("api").limits(LIMIT)?;
    let bare = BareScript::connect(url).await?;
    let plan = Plan {
        rounds: 120,
        calls: 40 * 256,
    };
    let ours = {
        let limiter = limiter.clone();
        move |key| check(limiter.clone(), key)
    };
    let theirs = move |key| {
        let bare = bare.clone();
        async move { bare.take(key).await }
    };
    for key in 0..KEYS {
        ours(key).await?;
        theirs(key).await?;
    }
    let times = side_by_side(
        plan,
        &Progress::of(PART),
        || batch(Callers::Many, plan.calls, ours.clone()),
        || batch(Callers::Many, plan.calls, theirs.clone()),
    )
    .await?;
    stage.report(serde_json::to_string(&times)?);
    Ok(())
}

async fn check(limiter: Limiter, key: u64) -> Result<()> {
    if limiter.check(&key).await?.is_allowed() {
        return Ok(());
    }
    Err("a check was denied".into())
}
