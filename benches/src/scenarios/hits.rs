//! Calls that all find what they ask for.

use crate::measure::{Failure, Plan, Progress, Result, Times, side_by_side};
use crate::row::{Row, Time};
use crate::source;

/// How many keys the calls go round.
pub(super) const KEYS: u64 = 64;

/// Who calls.
#[derive(Debug, Clone, Copy)]
pub(super) enum Callers {
    /// One task, one call after the other.
    One,
    /// So many tasks at once, each one call after the other.
    Many(u64),
}

impl Callers {
    /// Enough calls for a batch to take some 50 ms, and enough batches for a median.
    fn plan(self) -> Plan {
        match self {
            Self::One => Plan {
                rounds: 100,
                calls: 500,
            },
            Self::Many(tasks) => Plan {
                rounds: 80,
                calls: 40 * tasks as usize,
            },
        }
    }

    /// What rows call them.
    pub(super) fn name(self) -> String {
        match self {
            Self::One => "one caller".to_owned(),
            Self::Many(tasks) => format!("{tasks} tasks"),
        }
    }
}

/// The row of hits: the time that callers wait, and in the note that of the processors.
pub(super) fn row(id: &'static str, times: &Times, peer: String) -> Row {
    let time = Time::Microseconds;
    let of = |nanos: f64| time.from_nanos(nanos);
    let note = format!(
        "processor time of the client: ours {:.2} us, peer {:.2} us, ratio {:.3}",
        of(times.processor.ours()),
        of(times.processor.peer()),
        times.processor.ratio().median,
    );
    Row::of_rounds(id, &times.wall, peer, time).note(note)
}

/// Times hits of both side by side; whatever is not there yet is loaded before.
pub(super) async fn compare<Ours, OurCall, Peer, PeerCall>(
    progress: &Progress,
    callers: Callers,
    ours: Ours,
    peer: Peer,
) -> Result<Times>
where
    Ours: Fn(u64) -> OurCall + Clone + Send + Sync + 'static,
    OurCall: Future<Output = Result<()>> + Send,
    Peer: Fn(u64) -> PeerCall + Clone + Send + Sync + 'static,
    PeerCall: Future<Output = Result<()>> + Send,
{
    for id in 0..KEYS {
        ours(id).await?;
        peer(id).await?;
    }
    source::loads();
    let plan = callers.plan();
    let times = side_by_side(
        plan,
        progress,
        || batch(callers, plan.calls, ours.clone()),
        || batch(callers, plan.calls, peer.clone()),
    )
    .await?;
    match source::loads() {
        0 => Ok(times),
        misses => Err(format!("{misses} of the calls were no hits").into()),
    }
}

async fn batch<F, C>(callers: Callers, calls: usize, call: F) -> Result<()>
where
    F: Fn(u64) -> C + Clone + Send + Sync + 'static,
    C: Future<Output = Result<()>> + Send,
{
    let tasks = match callers {
        Callers::One => 1,
        Callers::Many(tasks) => tasks,
    };
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
