//! Measuring: two subjects side by side, in rounds that alternate, so that whatever else the
//! machine does befalls both.

use std::io::Write as _;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Anything that can go wrong in a scenario.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What a scenario has measured, or why it could not be run.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// What two subjects took, round by round.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Rounds {
    ours: Vec<f64>,
    peer: Vec<f64>,
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// How many pairs of batches are timed, after one that is not.
    pub(crate) rounds: usize,
    /// How many calls one batch has.
    pub(crate) calls: usize,
}

/// What calls took of two kinds of time, in nanoseconds per call.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Times {
    /// What a caller waits.
    pub(crate) wall: Rounds,
    /// What the processors did for it in this process, which is the same however busy the machine
    /// is with other things.
    pub(crate) processor: Rounds,
}

/// Times batches of both, in turns: in even rounds ours comes first, in odd ones the peer's.
pub(crate) async fn side_by_side(
    plan: Plan,
    progress: &Progress,
    ours: impl Batch,
    peer: impl Batch,
) -> Result<Times> {
    let mut times = Times::default();
    ours().await?;
    peer().await?;
    for round in 0..plan.rounds {
        progress.round(round, plan.rounds);
        let (of_ours, of_peer) = if round % 2 == 0 {
            let of_ours = timed(plan, &ours).await?;
            (of_ours, timed(plan, &peer).await?)
        } else {
            let of_peer = timed(plan, &peer).await?;
            (timed(plan, &ours).await?, of_peer)
        };
        times.wall.push(of_ours.wall, of_peer.wall);
        times.processor.push(of_ours.processor, of_peer.processor);
    }
    Ok(times)
}

/// Makes as many calls as a [`Plan`] says, each time that it is called.
pub(crate) trait Batch: Fn() -> Self::Calls {
    /// The calls.
    type Calls: Future<Output = Result<()>> + Send;
}

impl<F, C> Batch for F
where
    F: Fn() -> C,
    C: Future<Output = Result<()>> + Send,
{
    type Calls = C;
}

/// What one batch took, per call.
struct Timed {
    wall: f64,
    processor: f64,
}

async fn timed(plan: Plan, batch: &impl Batch) -> Result<Timed> {
    let (start, processor) = (Instant::now(), processor_time());
    batch().await?;
    let per_call = |took: Duration| took.as_nanos() as f64 / plan.calls as f64;
    Ok(Timed {
        wall: per_call(start.elapsed()),
        processor: per_call(processor_time().saturating_sub(processor)),
    })
}

/// Measures one thing that happens once.
#[derive(Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// From now on.
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Until now, in milliseconds.
    pub(crate) fn millis(&self) -> f64 {
        self.0.elapsed().as_secs_f64() * 1e3
    }
}

/// What the processors have done for this process so far, all threads together.
fn processor_time() -> Duration {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(
        spent.tv_sec.unsigned_abs(),
        u32::try_from(spent.tv_nsec).unwrap_or_default(),
    )
}

impl Rounds {
    /// One more round.
    pub(crate) fn push(&mut self, ours: f64, peer: f64) {
        self.ours.push(ours);
        self.peer.push(peer);
    }

    /// The median of ours.
    pub(crate) fn ours(&self) -> f64 {
        median(&self.ours)
    }

    /// The median of the peer's.
    pub(crate) fn peer(&self) -> f64 {
        median(&self.peer)
    }

    /// The median of the rounds' ratios, and the quartiles around it: each round compares two
    /// neighbours in time.
    pub(crate) fn ratio(&self) -> Spread {
        let ratios: Vec<f64> = self
            .ours
            .iter()
            .zip(&self.peer)
            .map(|(ours, peer)| ours / peer)
            .collect();
        Spread {
            low: quantile(&ratios, 0.25),
            median: median(&ratios),
            high: quantile(&ratios, 0.75),
        }
    }
}

/// Where the middle half of the measurements lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

/// The middle one.
pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value below which this part of the values lies, between neighbours by their distance; 0 of
/// none.
pub(crate) fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let at = part * last as f64;
    let (below, above) = (at.floor(), at.ceil());
    let share = at - below;
    sorted[below as usize] * (1.0 - share) + sorted[above as usize] * share
}

/// Says on stderr what is being measured.
#[derive(Debug)]
pub(crate) struct Progress {
    scenario: &'static str,
}

impl Progress {
    /// For one scenario.
    pub(crate) fn of(scenario: &'static str) -> Self {
        Self { scenario }
    }

    /// A round begins.
    pub(crate) fn round(&self, round: usize, of: usize) {
        // A line for each of a hundred short rounds would drown the rest.
        let step = of.div_ceil(10);
        if round.is_multiple_of(step) {
            self.say(format_args!("round {} of {of}", round + 1));
        }
    }

    /// Something begins.
    pub(crate) fn say(&self, what: impl std::fmt::Display) {
        // Nobody is left to be told that stderr is closed.
        let _ = writeln!(std::io::stderr(), "bench: {}: {what}", self.scenario);
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "halves and whole numbers are exact")]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn the_ratio_is_that_of_the_rounds_and_not_of_the_sums() {
        let mut rounds = Rounds::default();
        rounds.push(10.0, 10.0);
        rounds.push(1000.0, 1000.0); // the machine was busy, for both
        rounds.push(30.0, 10.0);
        assert_eq!(rounds.ratio().median, 1.0);
    }
}
