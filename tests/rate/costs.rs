//! What a check costs: round trips, and bytes on the server.

use larder::{Algorithm, Larder, MemoryServer};
use larder_runtime::backend::Command;

use crate::fleet::Fleet;

const THREE_LIMITS: &str = "10/s, 1000/h burst 50, 10000/d";

#[tokio::test(start_paused = true)]
async fn a_check_is_one_round_trip_whatever_the_number_of_limits() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    for (number, algorithm) in [
        Algorithm::Gcra,
        Algorithm::TokenBucket,
        Algorithm::FixedWindow,
        Algorithm::SlidingWindow,
        Algorithm::SlidingLog,
    ]
    .into_iter()
    .enumerate()
    {
        for limits in ["10/s", THREE_LIMITS, "10/s, 100/m, 1000/h, 10000/d"] {
            let limiter = node
                .limiter("api")
                .algorithm(algorithm)
                .limits(limits)
                .unwrap();
            let key = (number, limits);
            // The first call of a script teaches it to the server.
            limiter.check(&key).await.unwrap();
            let before = control.round_trips();
            limiter.check(&key).await.unwrap();
            let since = control.round_trips().since(&before);
            assert_eq!(since.total(), 1, "{algorithm:?}, {limits}: {since:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_with_three_limits_takes_at_most_120_bytes() {
    let fleet = Fleet::redis();
    let limiter = fleet
        .node()
        .await
        .limiter("api")
        .limits(THREE_LIMITS)
        .unwrap();
    limiter.check("user-1234").await.unwrap();
    let usage = Command::new("MEMORY")
        .arg("USAGE")
        .arg("app::^api:1:user-1234");
    let bytes = fleet.stranger().await.run(usage).await.into_int("MEMORY");
    let bytes = bytes.unwrap();
    println!("{bytes} bytes");
    assert!(bytes <= 120, "{bytes} bytes");
}
