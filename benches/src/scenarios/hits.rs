//! Calls that all find what they ask for: ours and a peer's, side by side in a process of their
//! own, so that nothing of another scenario is in it.

use crate::actor::{Actor, Stage};
use crate::measure::{Failure, Plan, Progress, Result, Times, side_by_side};
use crate::peers::bare::Bare;
use crate::peers::{bare, cached, hitbox, larder};
use crate::row::{Row, Time};
use crate::source;
use crate::support::server::RedisServer;

pub(super) const PART: &str = "hits";

/// How many keys the calls go round.
pub(super) const KEYS: u64 = 64;

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Callers {
    /// One task, one call after the other, on a runtime of one thread. With more threads, whether
    /// the task and its replies meet on one of them is left to chance, and a call takes three times
    /// as long if they do not.
    One,
    /// Some tasks at once on a runtime with a thread for each processor, each one call after the
    /// other.
    Several,
    /// The same, and many.
    Many,
}

/// With whom we are compared.
#[derive(Debug, Clone, Copy)]
pub(super) enum Peer {
    Bare,
    Cached,
    Hitbox,
}

impl Callers {
    /// Enough calls for a batch to take some 10 to 50 ms, and enough batches for a median.
    ///
    /// One caller's are over in 1.5 ms: the server looks after itself every 100 ms, which of two
    /// batches of 30 ms would befall one.
    fn plan(self) -> Plan {
        match self {
            Self::One => Plan {
                rounds: 4_000,
                calls: 25,
            },
            Self::Several | Self::Many => Plan {
                rounds: 120,
                calls: 10_240,
            },
        }
    }

    fn tasks(self) -> u64 {
        match self {
            Self::One => 1,
            Self::Several => 16,
            Self::Many => 256,
        }
    }

    /// What rows call them.
    pub(super) fn name(self) -> String {
        match self {
            Self::One => "one caller".to_owned(),
            Self::Several | Self::Many => format!("{} tasks", self.tasks()),
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Several => "several",
            Self::Many => "many",
        }
    }

    /// Those of this word of a command line.
    fn of_word(word: &str) -> Result<Self> {
        match word {
            "one" => Ok(Self::One),
            "several" => Ok(Self::Several),
            "many" => Ok(Self::Many),
            _ => Err(format!("there are no callers `{word}`").into()),
        }
    }
}

impl Peer {
    /// What rows call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bare => bare::NAME,
            Self::Cached => cached::NAME,
            Self::Hitbox => hitbox::NAME,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Cached => "cached",
            Self::Hitbox => "hitbox",
        }
    }
}

/// The row of ours against this peer.
pub(super) async fn compare(id: &'static str, callers: Callers, peer: Peer) -> Result<Row> {
    let progress = Progress::of(id);
    progress.say(format_args!("{}, {}", peer.name(), callers.name()));
    let server = RedisServer::start();
    let mut actor = Actor::start(&[PART, callers.word(), peer.word(), &server.url()])?;
    let times: Times = serde_json::from_str(&actor.report().await?)?;
    Ok(row(
        id,
        &times,
        format!("{}, {}", peer.name(), callers.name()),
    ))
}

/// Measures both, in the process of an actor.
pub(super) async fn act(callers: &str, peer: &str, url: &str) -> Result<()> {
    let stage = Stage::enter();
    let callers = Callers::of_word(callers)?;
    larder::connect_patiently(url).await?;
    let times = match peer {
        "bare" => {
            let bare = Bare::connect(url).await?;
            for key in 0..KEYS {
                bare.put(&source::load(key).await).await?;
            }
            let call = move |id| {
                let bare = bare.clone();
                async move {
                    std::hint::black_box(bare.user(id).await?);
                    Ok(())
                }
            };
            against(callers, call).await?
        }
        "cached" => {
            cached::connect(url)?;
            let call = |id| async move {
                std::hint::black_box(cached::user(id).await?);
                Ok(())
            };
            against(callers, call).await?
        }
        "hitbox" => {
            let cache = hitbox::connect(url)?;
            let call = move |id| {
                let cache = cache.clone();
                async move {
                    std::hint::black_box(hitbox::user(id).cache(&cache).await?);
                    Ok(())
                }
            };
            against(callers, call).await?
        }
        other => return Err(format!("there is no peer `{other}`").into()),
    };
    stage.report(serde_json::to_string(&times)?);
    Ok(())
}

/// The row of hits: the time that callers wait, and in the note that of the processors.
fn row(id: &'static str, times: &Times, peer: String) -> Row {
    let time = Time::Microseconds;
    let of = |nanos: f64| time.express(nanos);
    let note = format!(
        "processor time of the client: ours {:.2} us, peer {:.2} us, ratio {:.3}",
        of(times.processor.ours()),
        of(times.processor.peer()),
        times.processor.ratio().median,
    );
    Row::of_rounds(id, &times.wall, peer, time).note(note)
}

/// Times hits of ours and of the peer's; whatever is not there yet is loaded before.
async fn against<F, C>(callers: Callers, peer: F) -> Result<Times>
where
    F: Fn(u64) -> C + Clone + Send + Sync + 'static,
    C: Future<Output = Result<()>> + Send,
{
    let ours = |id| async move {
        std::hint::black_box(larder::user(id).await);
        Ok(())
    };
    for id in 0..KEYS {
        ours(id).await?;
        peer(id).await?;
    }
    source::loads();
    let plan = callers.plan();
    let times = side_by_side(
        plan,
        &Progress::of(PART),
        || batch(callers, plan.calls, ours),
        || batch(callers, plan.calls, peer.clone()),
    )
    .await?;
    match source::loads() {
        0 => Ok(times),
        misses => Err(format!("{misses} of the calls were no hits").into()),
    }
}

pub(super) async fn batch<F, C>(callers: Callers, calls: usize, call: F) -> Result<()>
where
    F: Fn(u64) -> C + Clone + Send + Sync + 'static,
    C: Future<Output = Result<()>> + Send,
{
    let tasks = callers.tasks();
    let each = calls as u64 / tasks;
    // As in a server, every caller is a task of the runtime.
    let tasks: Vec<_> = (0..tasks)
        .map(|task| {
            let call = call.clone();
            tokio::spawn(async move {
                for number in 0..each {
                    call((task + number) % KEYS).await?;
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
