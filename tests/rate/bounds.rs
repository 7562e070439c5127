//! No schedule lets more pass in any stretch of time than the algorithm's documentation says.
//!
//! The search knows how each algorithm is best cheated: it calls in bursts around the edges of windows and just when something comes free, and
//! the server's clock is set forwards and back. `LARDER_RATE_SCHEDULES=10000000` searches as many; CI searches fewer. A schedule that fails is
//! named by its seed.

use larder::MemoryServer;
use larder_runtime::backend::SharedBackend;

use crate::given_time::{GivenTime, passes};
use crate::model::{KINDS, Kind, Limit};

const PERIOD: u64 = 1_000_000;

/// How many schedules are tried, all scripts together.
fn schedules() -> u64 {
    let wanted = std::env::var("LARDER_RATE_SCHEDULES").ok();
    wanted.map_or(4000, |wanted| wanted.parse().expect("a number"))
}

/// What the documentation of `Algorithm` says.
fn bound(kind: Kind, limit: Limit) -> u64 {
    match kind {
        Kind::Gcra => limit.burst + limit.units,
        Kind::FixedWindow | Kind::SlidingWindow => 2 * limit.units,
        Kind::SlidingLog => limit.units,
    }
}

/// The most units in any stretch as long as the period.
fn most_in_a_period(passed: &[(u64, u64)]) -> u64 {
    let in_period = |first: usize| {
        let (start, _) = passed[first];
        let inside = passed[first..].iter();
        inside
            .take_while(|(at, _)| *at < start + PERIOD)
            .map(|(_, cost)| cost)
            .sum()
    };
    (0..passed.len()).map(in_period).max().unwrap_or(0)
}

/// One schedule; answers the most that passed in a period.
async fn play(script: &GivenTime, key: &str, limit: Limit, random: &mut fastrand::Rng) -> u64 {
    let mut now = 1_790_000_000_000_000 + random.u64(..PERIOD);
    // What has passed by the server's clock; setting it back takes no time.
    let mut elapsed = 0;
    let mut passed = Vec::new();
    for _ in 0..random.usize(3..8) {
        let edge = PERIOD - now % PERIOD;
        let fraction = PERIOD / limit.units;
        let before = now;
        now = match random.u8(..10) {
            0 => now,
            // Just before, at and after the edge of a window.
            1 | 2 => now + edge.saturating_sub(1000),
            3 => now + edge,
            4 => now + edge + 1,
            5 => now + random.u64(..2 * PERIOD),
            6 => now + fraction,
            7 => now + PERIOD - 1,
            // A clock that is set back, and forwards.
            8 => now - random.u64(..2 * PERIOD),
            _ => now + random.u64(..10 * PERIOD),
        };
        let cost = random.u64(1..=2);
        elapsed += now.saturating_sub(before);
        // As often as it passes, and once more.
        while passes(&script.take(key, &[limit], cost, now).await) {
            passed.push((elapsed, cost));
        }
    }
    most_in_a_period(&passed)
}

#[tokio::test]
async fn nothing_passes_beyond_the_bound() {
    for kind in KINDS {
        let mut most = 0;
        let each = schedules() / KINDS.len() as u64;
        let mut script = None;
        for seed in 0..each {
            let mut random = fastrand::Rng::with_seed(seed);
            let units = random.u64(1..=6);
            let limit = Limit {
                period: PERIOD,
                units,
                burst: random.u64(2..=8),
            };
            if limit.units < 2 {
                continue;
            }
            // A fresh server now and then, so that it does not fill up.
            if seed % 1000 == 0 || script.is_none() {
                let backend = SharedBackend::new(MemoryServer::new().connect());
                script = Some(GivenTime::new(kind, backend));
            }
            let script = script.as_ref().unwrap();
            let passed = play(script, &seed.to_string(), limit, &mut random).await;
            let bound = bound(kind, limit);
            assert!(
                passed <= bound,
                "{kind:?}, seed {seed}: {passed} passed in a period, and the bound is {bound}: {limit:?}"
            );
            most = most.max(100 * passed / bound);
        }
        // A search that never comes near the bound has not searched.
        assert!(
            most > 80,
            "{kind:?}: only {most} % of the bound was reached"
        );
    }
}
