//! The scripts decide alike on the embedded server, on Redis and in a model, call for call.
//!
//! `LARDER_RATE_DECISIONS=1000000` decides as many; CI decides fewer.

use larder::MemoryServer;
use larder_runtime::backend::SharedBackend;

use crate::fleet::Fleet;
use crate::given_time::{GivenTime, passes};
use crate::model::{KINDS, Limit, Model};

const fn limit(millis: u64, units: u64, burst: u64) -> Limit {
    Limit {
        period: millis * 1000,
        units,
        burst,
    }
}

/// What builds declare that count side by side: the first most often, and all with the same longest
/// period, for which a log keeps units.
const BUILDS: [&[Limit]; 4] = [
    &[limit(1000, 7, 4), limit(60_000, 50, 30)],
    &[limit(1000, 9, 9), limit(60_000, 50, 20)],
    &[limit(60_000, 31, 31)],
    &[
        limit(1000, 7, 3),
        limit(5000, 20, 20),
        limit(60_000, 60, 40),
    ],
];

/// How many decisions are compared, all scripts together.
fn decisions() -> u64 {
    let wanted = std::env::var("LARDER_RATE_DECISIONS").ok();
    wanted.map_or(12_000, |wanted| wanted.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_servers_and_a_model_decide_alike() {
    let fleet = Fleet::redis();
    for (seed, kind) in KINDS.into_iter().enumerate() {
        let redis = GivenTime::new(kind, fleet.stranger().await.into_backend());
        let memory = SharedBackend::new(MemoryServer::new().connect());
        let memory = GivenTime::new(kind, memory);
        let mut random = fastrand::Rng::with_seed(seed as u64);
        let mut models: Vec<Model> = (0..5).map(|_| Model::default()).collect();
        let count = decisions() / KINDS.len() as u64;
        // Keys end by the server's own clock: far behind it, none ends while it still means
        // something.
        let mut now = 1_790_000_000_000_000;
        let mut passed = 0;
        for number in 0..count {
            now = match random.u8(..100) {
                // A clock that is set back.
                0 => now - random.u64(..800_000),
                1..10 => now + random.u64(..30_000_000),
                10..40 => now,
                _ => now + random.u64(..400_000),
            };
            let (place, cost) = (random.usize(..models.len()), random.u64(1..=3));
            let build = random
                .usize(..BUILDS.len() * 2)
                .saturating_sub(BUILDS.len());
            let limits = BUILDS[build];
            let key = format!("{kind:?}{place}");
            let ours = memory.take(&key, limits, cost, now).await;
            let theirs = redis.take(&key, limits, cost, now).await;
            let what =
                format!("{kind:?}, decision {number}: {key} at {now} for {cost} by build {build}");
            assert_eq!(ours, theirs, "{what}");
            let expected = models[place].take(kind, limits, cost, now);
            assert_eq!(
                passes(&theirs),
                expected,
                "{what}: the model decides otherwise"
            );
            passed += u64::from(expected);
        }
        assert!(
            passed > count / 20 && passed < count,
            "{kind:?}: {passed} of {count} passed"
        );
    }
}
