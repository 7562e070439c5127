//! Checks of rate limits that all pass: ours and a peer's, side by side in a process of their own.

use std::time::Duration;

use larder::{Larder, Limiter};

use super::hits::{Callers, KEYS, batch};
use crate::actor::{Actor, Stage};
use crate::measure::{Plan, Progress, Result, Times, side_by_side};
use crate::peers::bare_script::{self, BareScript};
use crate::peers::throttle_kit::{self, ThrottleKit};
use crate::peers::tower_redis::{self, TowerRedis};
use crate::row::{Row, Time};
use crate::support::server::RedisServer;

pub(super) const PART: &str = "rates";

/// More than is ever asked for.
const LIMIT: &str = "1000000000/s";

/// With whom we are compared.
#[derive(Debug, Clone, Copy)]
pub(super) enum Peer {
    BareScript,
    ThrottleKit,
    TowerRedis,
}

impl Peer {
    fn name(self) -> &'static str {
        match self {
            Self::BareScript => bare_script::NAME,
            Self::ThrottleKit => throttle_kit::NAME,
            Self::TowerRedis => tower_redis::NAME,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::BareScript => "bare",
            Self::ThrottleKit => "throttle-kit",
            Self::TowerRedis => "tower",
        }
    }
}

/// The row of ours against this peer.
pub(super) async fn compare(id: &'static str, peer: Peer) -> Result<Row> {
    let server = RedisServer::start();
    let mut actor = Actor::start(&[PART, peer.word(), &server.url()])?;
    let times: Times = serde_json::from_str(&actor.report().await?)?;
    let name = format!("{}, {}", peer.name(), Callers::Many.name());
    let time = Time::Microseconds;
    let per_second = |nanos: f64| 1e9 / nanos;
    let note = format!(
        "checks a second: ours {:.0}, peer {:.0}; processor time of the client: ours {:.2} us, peer {:.2} us, ratio {:.3}",
        per_second(times.wall.ours()),
        per_second(times.wall.peer()),
        time.express(times.processor.ours()),
        time.express(times.processor.peer()),
        times.processor.ratio().median,
    );
    Ok(Row::of_rounds(id, &times.wall, name, time).note(note))
}

/// Measures both, in the process of an actor.
pub(super) async fn act(peer: &str, url: &str) -> Result<()> {
    let stage = Stage::enter();
    let patient = Larder::builder().call_budget(Duration::from_secs(5));
    let larder = patient.url(url).app("bench").build().await?;
    let limiter = larder.limiter("api").limits(LIMIT)?;
    let times = match peer {
        "bare" => {
            let bare = BareScript::connect(url).await?;
            let take = move |key| {
                let bare = bare.clone();
                async move { bare.take(key).await }
            };
            against(limiter, 60, take).await?
        }
        "throttle-kit" => {
            let throttle = ThrottleKit::connect(url).await?;
            let take = move |key| {
                let throttle = throttle.clone();
                async move { throttle.take(key).await }
            };
            against(limiter, 30, take).await?
        }
        "tower" => {
            let tower = TowerRedis::connect(url).await?;
            let take = move |key| {
                let tower = tower.clone();
                async move { tower.take(key).await }
            };
            against(limiter, 30, take).await?
        }
        other => return Err(format!("there is no peer `{other}`").into()),
    };
    stage.report(serde_json::to_string(&times)?);
    Ok(())
}

async fn against<F, C>(limiter: Limiter, rounds: usize, theirs: F) -> Result<Times>
where
    F: Fn(u64) -> C + Clone + Send + Sync + 'static,
    C: Future<Output = Result<()>> + Send,
{
    let plan = Plan {
        rounds,
        calls: 40 * 256,
    };
    let ours = move |key| check(limiter.clone(), key);
    for key in 0..KEYS {
        ours(key).await?;
        theirs(key).await?;
    }
    side_by_side(
        plan,
        &Progress::of(PART),
        || batch(Callers::Many, plan.calls, ours.clone()),
        || batch(Callers::Many, plan.calls, theirs.clone()),
    )
    .await
}

async fn check(limiter: Limiter, key: u64) -> Result<()> {
    if limiter.check(&key).await?.is_allowed() {
        return Ok(());
    }
    Err("a check was denied".into())
}
