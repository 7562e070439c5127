//! No schedule lets more pass in any stretch of time than the algorithm's documentation says.
//!
//! The search knows how each algorithm is best cheated: it calls in bursts around the edges of
//! windows and just when something comes free, by two counts in the same period, as while a change
//! of limits is rolled out, and the server's clock is set forwards and back. What can be reserved is
//! reserved, and settled, cancelled or forgotten at the worst time.
//! `cargo xtask limits` searches ten million schedules, on every processor; CI searches fewer. A
//! schedule that fails is named by its seed, and `LARDER_RATE_SEED` plays it alone.

use std::time::Duration;

use larder::{Larder, MemoryServer};
use larder_runtime::backend::SharedBackend;
use larder_runtime::clock::Clock;

use crate::given_time::{GivenTime, passes};
use crate::model::{KINDS, Kind, Limit};
use crate::schedule::{PERIOD, play};

/// How many schedules are tried, all scripts together.
fn schedules() -> u64 {
    let wanted = std::env::var("LARDER_RATE_SCHEDULES").ok();
    wanted.map_or(4000, |wanted| wanted.parse().expect("a number"))
}

/// What the documentation of `Algorithm` says.
fn bound(kind: Kind, limits: [Limit; 2]) -> u64 {
    let most = |of: fn(&Limit) -> u64| limits.iter().map(of).max().unwrap_or(0);
    let units = most(|limit| limit.units);
    match kind {
        Kind::Gcra => most(|limit| limit.burst) + units,
        Kind::FixedWindow | Kind::SlidingWindow => 2 * units,
        Kind::SlidingLog => units,
    }
}

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
        let limits = [(); 2].map(|()| Limit {
            period: PERIOD,
            units: random.u64(2..=6),
            burst: random.u64(2..=8),
        });
        let passed = play((kind, &script), &seed.to_string(), limits, &mut random).await;
        let bound = bound(kind, limits);
        assert!(
            passed <= bound,
            "{kind:?}, seed {seed}: {passed} passed in a period, and the bound is {bound}: {limits:?}"
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

/// A double tells 64ths of a microsecond apart only in times that are not too long.
#[tokio::test(start_paused = true)]
async fn a_late_clock_counts_as_exactly() {
    const YEAR: u64 = 365 * 24 * 3600;
    let limit = larder::Limit::new(64_000_000, Duration::from_secs(1)).burst(500);
    for year in [2027, 2034, 2090] {
        let since = Duration::from_secs((year - 1970) * YEAR);
        let server = MemoryServer::builder()
            .clock(Clock::starting_at(since))
            .build();
        let node = Larder::builder().on_memory(&server);
        let limiter = node.limiter("late").limit(&[limit]).unwrap();
        let mut passed = 0;
        for _ in 0..1000 {
            passed += u64::from(limiter.check("ada").await.unwrap().is_allowed());
        }
        assert_eq!(passed, 500, "in {year}");
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
