//! Servers that are killed, paused and replaced while a lock is held. Critical sections that
//! overlap are counted, and no write of the older holder gets in once the next one has written.

mod contest;
mod site;

use contest::{Outcome, contest};
use site::{Fault, Site};

/// What came of many rounds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Counts {
    overlaps: usize,
    refused: usize,
}

/// So many times a lock is held while this happens.
async fn rounds(fault: Fault, rounds: usize) -> Counts {
    let mut counts = Counts::default();
    for round in 0..rounds {
        let site = Site::build(fault).await;
        let Outcome { overlap, refused } = contest(site, round as u64).await;
        counts.overlaps += usize::from(overlap);
        counts.refused += refused;
    }
    counts
}

const ROUNDS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_and_keeps_its_data_lets_nobody_in() {
    let counts = rounds(Fault::KilledWithData, ROUNDS).await;
    assert_eq!(counts.overlaps, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_and_loses_its_data_lets_no_late_write_in() {
    rounds(Fault::KilledWithoutData, ROUNDS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_paused_lets_nobody_in() {
    for fault in [Fault::PausedShortly, Fault::PausedForLong] {
        let counts = rounds(fault, ROUNDS).await;
        assert_eq!(counts.overlaps, 0, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promoted_replica_that_has_heard_of_the_lock_lets_nobody_in() {
    let counts = rounds(Fault::InformedReplica, ROUNDS).await;
    assert_eq!(counts.overlaps, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promoted_replica_that_has_not_heard_of_the_lock_lets_no_late_write_in() {
    rounds(Fault::UninformedReplica, ROUNDS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_primaries_let_no_late_write_in() {
    let counts = rounds(Fault::TwoPrimaries, ROUNDS).await;
    // Nobody tells the older holder: if this were none, the count would be blind.
    assert_eq!(counts.overlaps, ROUNDS);
    assert!(counts.refused >= ROUNDS);
}

/// The figures of `docs/reliability.md`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; it prints how often critical sections overlap"]
async fn how_often_critical_sections_overlap() {
    const MANY: usize = 50;
    let at_once = Fault::ALL.map(|fault| (fault, tokio::spawn(rounds(fault, MANY))));
    for (fault, counting) in at_once {
        let Counts { overlaps, refused } = counting.await.unwrap();
        println!("{fault:?}: {overlaps} overlaps in {MANY}, {refused} late writes refused");
    }
}
