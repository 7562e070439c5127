//! `coherence_lag`: for how long a process still answers with its copy after another process has
//! invalidated it.
//!
//! One process asks again and again and notes when the answer changed; another invalidates, and
//! notes when it was told that this is done. Both look at the machine's one monotonic clock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use larder::{Larder, cached};
use rustix::time::{ClockId, clock_gettime};

use crate::actor::{Actor, Stage};
use crate::measure::{Progress, Result, quantile};
use crate::peers::larder::connect_patiently;
use crate::row::{Row, Target};
use crate::support::server::RedisServer;

pub(super) const ID: &str = "coherence_lag";

const READER: &str = "reader";
const WRITER: &str = "writer";
const INVALIDATIONS: usize = 10_000;
/// Longer than the reader takes to have a copy again.
const PAUSE: Duration = Duration::from_millis(1);

static LOADS: AtomicU64 = AtomicU64::new(0);

/// Answers another number after each invalidation.
#[cached(namespace = "lag", ttl = "5m", local = true)]
async fn number(_id: u64) -> u64 {
    LOADS.fetch_add(1, Ordering::Relaxed)
}

/// An invalidation: when it was asked for, and when it was done.
type Invalidation = (u64, u64);

/// A change of the answer: when the last call with the old answer began, and when the first with
/// the new one was over.
type Change = (u64, u64);

pub(super) async fn run() -> Result<Vec<Row>> {
    let progress = Progress::of(ID);
    let server = RedisServer::start();
    let mut reader = Actor::start(&[ID, READER, &server.url()])?;
    reader.report().await?;
    progress.say(format_args!("{INVALIDATIONS} invalidations"));
    let mut writer = Actor::start(&[ID, WRITER, &server.url()])?;
    let invalidations: Vec<Invalidation> = serde_json::from_str(&writer.report().await?)?;
    reader.order("end").await?;
    let changes: Vec<Change> = serde_json::from_str(&reader.report().await?)?;
    let hits: u64 = reader.report().await?.parse()?;

    let lags = lags(&invalidations, &changes);
    let micros = |part| quantile(&lags, part) / 1e3;
    let peer = "nothing of the kind: the target stands alone";
    let row = Row::without_peer(ID, micros(0.99), peer, "us");
    Ok(vec![
        row.note(format!(
            "the 99th of 100; median {:.1} us, 99.9 % {:.0} us, longest {:.0} us; {} invalidations of a copy, {hits} answers from copies",
            micros(0.5),
            micros(0.999),
            micros(1.0),
            lags.len(),
        ))
        .target(Target::OursAtMost(5000.0)),
    ])
}

/// For how long after each invalidation there were old answers, in nanoseconds. An invalidation
/// that met no copy has none.
fn lags(invalidations: &[Invalidation], changes: &[Change]) -> Vec<f64> {
    let ends = invalidations.iter().skip(1).map(|(asked, _)| *asked);
    let ends = ends.chain([u64::MAX]);
    let mut changes = changes.iter().peekable();
    let mut lags = Vec::new();
    for ((asked, done), next) in invalidations.iter().zip(ends) {
        while changes.next_if(|(_, new)| new < asked).is_some() {}
        // A reader that is a whole pause behind has its change counted here all the same: it is
        // this one's.
        if let Some((old, _)) = changes.next_if(|(_, new)| *new < next || next == u64::MAX) {
            lags.push(old.saturating_sub(*done) as f64);
        } else if changes.peek().is_some() {
            lags.push((next - done) as f64);
        }
    }
    lags
}

pub(super) async fn act(role: &str, url: &str) -> Result<()> {
    let stage = Stage::enter();
    connect_patiently(url).await?;
    match role {
        READER => read(stage).await,
        WRITER => write(&stage).await,
        other => Err(format!("there is no role `{other}`").into()),
    }
}

async fn read(mut stage: Stage) -> Result<()> {
    let mut answer = number(7).await;
    stage.report("ready");
    let mut changes: Vec<Change> = Vec::with_capacity(INVALIDATIONS);
    let mut old = now();
    let reading = async {
        loop {
            let began = now();
            let next = number(7).await;
            if next == answer {
                old = began;
            } else {
                changes.push((old, now()));
                answer = next;
            }
            // Whoever asks is not alone in a service: the connection has its turn too.
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = reading => {}
        ended = stage.order() => { ended?; }
    }
    stage.report(serde_json::to_string(&changes)?);
    stage.report(Larder::current()?.stats("lag").local_hits);
    stage.order().await?;
    Ok(())
}

async fn write(stage: &Stage) -> Result<()> {
    let mut invalidations: Vec<Invalidation> = Vec::with_capacity(INVALIDATIONS);
    for _ in 0..INVALIDATIONS {
        tokio::time::sleep(PAUSE).await;
        let asked = now();
        number::invalidate(7).await?;
        invalidations.push((asked, now()));
    }
    stage.report(serde_json::to_string(&invalidations)?);
    Ok(())
}

/// The machine's monotonic clock, which is the same for all processes.
fn now() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_invalidation_has_the_change_that_follows_it() {
        let invalidations = [(100, 110), (200, 210), (300, 310)];
        // Before the first there was a change of something else; the second was seen 5 late; the
        // third met no copy.
        let changes = [(50, 60), (105, 112), (215, 220)];
        assert_eq!(lags(&invalidations, &changes), [0.0, 5.0]);
    }

    #[test]
    fn a_reader_that_is_behind_is_late_by_a_whole_pause() {
        let invalidations = [(100, 110), (200, 210)];
        let changes = [(204, 212)];
        assert_eq!(lags(&invalidations, &changes), [90.0, 0.0]);
    }
}
