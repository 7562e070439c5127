//! Code of a user in a simulated fleet.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use larder::cached;
use larder::testing::simulation::{Fault, Faults, Fleet, Simulation};

#[cached(namespace = "stock", ttl = "1m", skip(source))]
async fn stock(_article: u64, source: Arc<AtomicU64>) -> u64 {
    let read = source.load(Ordering::Relaxed);
    tokio::task::yield_now().await;
    read
}

/// Counts down, and tells the cache, which may fail.
async fn sell(article: u64, source: Arc<AtomicU64>) -> larder::Result<()> {
    source.fetch_sub(1, Ordering::Relaxed);
    stock::invalidate(article).await?;
    Ok(())
}

/// Sells and looks, on nodes by turns; what a sale that was told has changed is never seen as it
/// was before.
async fn scenario(fleet: Fleet) -> Vec<Option<u64>> {
    let source = Arc::new(AtomicU64::new(1000));
    let mut seen = Vec::new();
    for round in 0..20 {
        let sale = fleet.call(round, sell(7, Arc::clone(&source))).await;
        let left = fleet.call(round + 1, stock(7, Arc::clone(&source))).await;
        if matches!(sale, Some(Ok(())))
            && let Some(left) = left
        {
            assert_eq!(left, source.load(Ordering::Relaxed));
        }
        seen.push(left);
        fleet.sleep(Duration::from_millis(15)).await;
    }
    fleet.heal().await;
    let told = fleet.call(0, sell(7, Arc::clone(&source))).await;
    assert!(matches!(told, Some(Ok(()))), "all is well again");
    let left = fleet.call(1, stock(7, Arc::clone(&source))).await;
    assert_eq!(left, Some(source.load(Ordering::Relaxed)));
    seen
}

#[test]
fn own_code_runs_in_a_simulated_fleet() {
    for seed in 0..200 {
        Simulation::seeded(seed).nodes(3).play(scenario);
    }
}

#[test]
fn own_code_does_the_same_every_time() {
    for seed in 0..20 {
        let simulation = Simulation::seeded(seed).faults(Faults::all());
        assert_eq!(
            simulation.play(scenario),
            simulation.play(scenario),
            "{seed}"
        );
    }
}

#[test]
fn callers_are_dropped_and_processes_die() {
    let rough = Faults::none()
        .with(Fault::DroppedCaller, 1)
        .with(Fault::DeadProcess, 1);
    let answers = |faults| -> Vec<Option<u64>> {
        let each = (0..20).flat_map(|seed| Simulation::seeded(seed).faults(faults).play(scenario));
        each.collect()
    };
    assert!(answers(rough).contains(&None));
    assert!(!answers(Faults::none()).contains(&None));
}
