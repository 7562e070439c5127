//! No schedule lets more pass in any stretch of time than the algorithm's documentation says.
//!
//! The search knows how each algorithm is best cheated: it calls in bursts around the edges of
//! windows and just when something comes free, and the server's clock is set forwards and back.
//! `cargo xtask limits` searches ten million schedules, on every processor; CI searches fewer. A
//! schedule that fails is named by its seed, and `LARDER_RATE_SEED` plays it alone.

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
        // As often as it passes, and once more. What never ends is found by its bound.
        while passed.len() < ENDLESS && passes(&script.take(key, &[limit], cost, now).await) {
            passed.push((elapsed, cost));
        }
    }
    most_in_a_period(&passed)
}

/// More than any bound here, by far.
const ENDLESS: usize = 1000;

/// How many schedules are played on one server, so that it does not fill up.
const ON_ONE_SERVER: u64 = 1000;

/// Plays the schedules of these seeds; answers how near to the bound the nearest came, in
/// hundredths of it.
async fn search(kind: Kind, seeds: std::ops::Range<u64>) -> u64 {
    let backend = SharedBackend::new(MemoryServer::new().connect());
    let script = GivenTime::new(kind, backend);
    let mut most = 0;
    for seed in seeds {
        let mut random = fastrand::Rng::with_seed(seed);
        let limit = Limit {
            period: PERIOD,
            units: random.u64(2..=6),
            burst: random.u64(2..=8),
        };
        let passed = play(&script, &seed.to_string(), limit, &mut random).await;
        let bound = bound(kind, limit);
        assert!(
            passed <= bound,
            "{kind:?}, seed {seed}: {passed} passed in a period, and the bound is {bound}: {limit:?}"
        );
        most = most.max(100 * passed / bound);
    }
    most
}

/// Searches on every processor, each thread the next seeds that nobody has taken.
fn search_everywhere(kind: Kind, schedules: u64) -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};

    let next = AtomicU64::new(0);
    let worker = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.expect("a runtime");
        let mut most = 0;
        loop {
            let first = next.fetch_add(ON_ONE_SERVER, Ordering::Relaxed);
            if first >= schedules {
                return most;
            }
            let seeds = first..schedules.min(first + ON_ONE_SERVER);
            most = most.max(runtime.block_on(search(kind, seeds)));
        }
    };
    std::thread::scope(|scope| {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..processors).map(|_| scope.spawn(worker)).collect();
        let nearest = workers
            .into_iter()
            .map(|worker| worker.join().expect("no violation"));
        nearest.max().unwrap_or(0)
    })
}

/// A unit must not take the place of another that was taken in the same microsecond, before the
/// clock was set back to it.
#[tokio::test]
async fn a_clock_that_is_set_back_to_a_microsecond_gives_no_unit_twice() {
    let backend = SharedBackend::new(MemoryServer::new().connect());
    let script = GivenTime::new(Kind::SlidingLog, backend);
    let limit = Limit {
        period: PERIOD,
        units: 3,
        burst: 3,
    };
    let first = 1_790_000_000_000_000;
    let (late, later) = (first + PERIOD - 1, first + PERIOD);
    let steps = [
        (first, 2, true),
        (late, 1, true),
        // The first two have had their period.
        (later, 1, true),
        (late, 1, true),
        (late, 1, false),
    ];
    for (now, cost, may_pass) in steps {
        let reply = script.take("k", &[limit], cost, now).await;
        assert_eq!(passes(&reply), may_pass, "{cost} at {now}");
    }
}

#[test]
fn nothing_passes_beyond_the_bound() {
    if let Ok(seed) = std::env::var("LARDER_RATE_SEED") {
        let seed: u64 = seed.parse().expect("a number");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        for kind in KINDS {
            runtime.block_on(search(kind, seed..seed + 1));
        }
        return;
    }
    for kind in KINDS {
        let schedules = schedules() / KINDS.len() as u64;
        let began = std::time::Instant::now();
        let most = search_everywhere(kind, schedules);
        let took = began.elapsed();
        println!(
            "{kind:?}: {schedules} schedules in {took:.1?}, the nearest at {most} % of the bound"
        );
        // A search that never comes near the bound has not searched.
        assert!(
            most > 80,
            "{kind:?}: only {most} % of the bound was reached"
        );
    }
}
