//! Units for works whose cost is known only afterwards.

use std::time::Duration;

use larder::{Algorithm, ErrorKind, Larder, Limiter, MemoryServer};

use crate::fleet::Fleet;

const LEASE: Duration = Duration::from_mins(1);

on_each_backend!(
    a_settled_reservation_costs_what_it_cost,
    a_cancelled_one_costs_nothing,
    one_that_costs_more_leaves_a_debt,
    one_that_does_not_fit_is_a_denial,
    windows_have_no_reservations,
    reservations_are_given_back_in_any_order,
    a_rehearsal_reserves_for_everybody_and_counts,
    any_cost_can_be_settled,
    a_lease_of_any_length_has_an_end,
    what_is_settled_leaves_the_limits_of_other_builds_alone,
    what_is_never_settled_does_not_pile_up,
);

fn tokens(node: &Larder) -> Limiter {
    node.limiter("tokens").limits("100/d").unwrap()
}

async fn left(limiter: &Limiter) -> u64 {
    limiter.peek("ada").await.unwrap().remaining()
}

async fn what_is_settled_leaves_the_limits_of_other_builds_alone(fleet: Fleet) {
    let one = fleet.node().await.limiter("tokens");
    let both = fleet.node().await.limiter("tokens");
    let (one, both) = (one.limits("100/2d"), both.limits("100/2d, 100/20d"));
    let (one, both) = (one.unwrap(), both.unwrap());
    let first = one.reserve("ada", 50, LEASE).await.unwrap();
    let second = both.reserve("ada", 20, LEASE).await.unwrap();
    first.settle(50).await.unwrap();
    second.cancel().await.unwrap();
    let decision = both.peek("ada").await.unwrap();
    let left: Vec<u64> = decision.limits().map(|state| state.remaining).collect();
    assert_eq!(left, [50, 100]);
}

/// Nor where nobody is ever denied, who would give it back.
async fn what_is_never_settled_does_not_pile_up(fleet: Fleet) {
    use larder_runtime::backend::Command;

    let limiter = fleet.node().await.limiter("tokens").limits("100/20d");
    let limiter = limiter.unwrap();
    for _ in 0..50 {
        drop(limiter.reserve("ada", 1, Duration::ZERO).await.unwrap());
    }
    let stand = Command::new("ZCARD").arg("{app::^tokens:1:ada}:r");
    let stand = fleet.stranger().await.run(stand).await;
    assert_eq!(stand.into_int("ZCARD").unwrap(), 1);
    assert!(limiter.check_cost("ada", 100).await.unwrap().is_allowed());
}

async fn a_settled_reservation_costs_what_it_cost(fleet: Fleet) {
    let limiter = tokens(&fleet.node().await);
    let reservation = limiter.reserve("ada", 80, LEASE).await.unwrap();
    assert_eq!(reservation.decision().remaining(), 20);
    assert_eq!(left(&limiter).await, 20);
    let settled = reservation.settle(30).await.unwrap();
    assert_eq!(settled.remaining(), 70);
    assert_eq!(left(&limiter).await, 70);
}

async fn a_cancelled_one_costs_nothing(fleet: Fleet) {
    let limiter = tokens(&fleet.node().await);
    let reservation = limiter.reserve("ada", 80, LEASE).await.unwrap();
    reservation.cancel().await.unwrap();
    assert_eq!(left(&limiter).await, 100);
}

async fn one_that_costs_more_leaves_a_debt(fleet: Fleet) {
    let limiter = tokens(&fleet.node().await);
    let reservation = limiter.reserve("ada", 80, LEASE).await.unwrap();
    reservation.settle(150).await.unwrap();
    assert_eq!(left(&limiter).await, 0);
    let wait = limiter.check("ada").await.unwrap().retry_after().unwrap();
    // Half of the limit is owed, and one unit more is asked for.
    assert!(wait > Duration::from_hours(12), "{wait:?}");
}

async fn one_that_does_not_fit_is_a_denial(fleet: Fleet) {
    let limiter = tokens(&fleet.node().await);
    let _first = limiter.reserve("ada", 80, LEASE).await.unwrap();
    let error = limiter.reserve("ada", 30, LEASE).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(left(&limiter).await, 20);
}

async fn windows_have_no_reservations(fleet: Fleet) {
    let limiter = fleet.node().await.limiter("windows");
    let limiter = limiter.algorithm(Algorithm::FixedWindow).limits("9/d");
    let error = limiter.unwrap().reserve("ada", 1, LEASE).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

async fn reservations_are_given_back_in_any_order(fleet: Fleet) {
    let limiter = tokens(&fleet.node().await);
    let mut reservations = Vec::new();
    for cost in [10, 20, 30, 40] {
        reservations.push(limiter.reserve("ada", cost, LEASE).await.unwrap());
    }
    assert_eq!(left(&limiter).await, 0);
    reservations.pop().unwrap().cancel().await.unwrap();
    assert_eq!(left(&limiter).await, 40);
    reservations.remove(0).settle(5).await.unwrap();
    assert_eq!(left(&limiter).await, 45);
    assert!(limiter.check_cost("ada", 45).await.unwrap().is_allowed());
    for reservation in reservations {
        reservation.cancel().await.unwrap();
    }
    assert_eq!(left(&limiter).await, 50);
}

async fn a_rehearsal_reserves_for_everybody_and_counts(fleet: Fleet) {
    let node = fleet.node().await;
    let limiter = node.limiter("shadow").shadow().limits("100/d").unwrap();
    let fits = limiter.reserve("ada", 80, LEASE).await.unwrap();
    let denied = limiter.reserve("ada", 30, LEASE).await.unwrap();
    assert!(denied.decision().is_allowed());
    let stats = node.rate_stats("shadow");
    assert_eq!((stats.allowed, stats.shadowed, stats.denied), (1, 1, 0));
    // What would have been denied takes nothing, and gives nothing back.
    assert_eq!(denied.settle(25).await.unwrap().remaining(), 20);
    fits.cancel().await.unwrap();
    assert_eq!(left(&limiter).await, 100);

    let enforced = tokens(&node);
    let _all = enforced.reserve("ada", 100, LEASE).await.unwrap();
    enforced.reserve("ada", 1, LEASE).await.unwrap_err();
    let stats = node.rate_stats("tokens");
    assert_eq!((stats.allowed, stats.shadowed, stats.denied), (1, 0, 1));
}

async fn any_cost_can_be_settled(fleet: Fleet) {
    let limiter = tokens(&fleet.node().await);
    for estimate in [1, 100] {
        limiter.reset("ada").await.unwrap();
        let reservation = limiter.reserve("ada", estimate, LEASE).await.unwrap();
        let settled = reservation.settle(u64::MAX).await.unwrap();
        assert_eq!(settled.remaining(), 0);
        let wait = limiter.check("ada").await.unwrap().retry_after().unwrap();
        // The longest debt there is, and no error.
        assert!(wait > Duration::from_hours(4 * 365 * 24), "{wait:?}");
    }
}

async fn a_lease_of_any_length_has_an_end(fleet: Fleet) {
    let limiter = tokens(&fleet.node().await);
    let reservation = limiter.reserve("ada", 60, Duration::MAX).await.unwrap();
    assert_eq!(left(&limiter).await, 40);
    let keys = fleet.stranger().await.times_to_live().await;
    assert!(keys.iter().all(|(_, left)| *left > 0), "{keys:?}");
    reservation.settle(10).await.unwrap();
    assert_eq!(left(&limiter).await, 90);
}

/// How many units pass now, by so many at once.
async fn burst(limiter: &Limiter, cost: u64) -> u64 {
    let mut passed = 0;
    while limiter.check_cost("ada", cost).await.unwrap().is_allowed() {
        passed += cost;
    }
    passed
}

#[tokio::test(start_paused = true)]
async fn what_has_come_back_with_time_is_not_given_back_again() {
    let limiter = Larder::memory().limiter("t").limits("1000/m").unwrap();
    let mut reservations = Vec::new();
    for _ in 0..10 {
        let lease = Duration::from_hours(2);
        reservations.push(limiter.reserve("ada", 1000, lease).await.unwrap());
        tokio::time::sleep(LEASE).await;
    }
    let mut passed = burst(&limiter, 1000).await;
    for reservation in reservations {
        reservation.cancel().await.unwrap();
        passed += burst(&limiter, 1000).await;
    }
    assert_eq!(passed, 1000);
}

#[tokio::test(start_paused = true)]
async fn what_lapses_after_it_has_come_back_is_not_given_back_again() {
    let limiter = Larder::memory().limiter("t").limits("1000/m").unwrap();
    let lease = Duration::from_secs(30);
    drop(limiter.reserve("ada", 800, lease).await.unwrap());
    tokio::time::sleep(Duration::from_secs(48)).await;
    assert_eq!(burst(&limiter, 100).await, 1000);
}

/// Half of it has come back when it is cancelled: the other half is given back.
#[tokio::test(start_paused = true)]
async fn what_has_not_come_back_is_given_back() {
    let limiter = Larder::memory().limiter("t").limits("1000/m").unwrap();
    let reservation = limiter.reserve("ada", 1000, LEASE).await.unwrap();
    tokio::time::sleep(LEASE / 2).await;
    assert_eq!(burst(&limiter, 100).await, 500);
    reservation.cancel().await.unwrap();
    assert_eq!(burst(&limiter, 100).await, 500);
}

#[tokio::test(start_paused = true)]
async fn however_many_have_lapsed_all_are_given_back() {
    let limiter = Larder::memory().limiter("t").limits("20000/h").unwrap();
    let lease = Duration::from_secs(1);
    for _ in 0..300 {
        drop(limiter.reserve("ada", 1, lease).await.unwrap());
    }
    tokio::time::sleep(lease).await;
    assert!(
        limiter
            .check_cost("ada", 20_000)
            .await
            .unwrap()
            .is_allowed()
    );

    // So many that one call does not look at all of them: it is told to come again at once.
    limiter.reset("ada").await.unwrap();
    for _ in 0..10_300 {
        drop(limiter.reserve("ada", 1, lease).await.unwrap());
    }
    tokio::time::sleep(lease).await;
    let wait = limiter
        .check_cost("ada", 20_000)
        .await
        .unwrap()
        .retry_after();
    assert_eq!(wait, Some(Duration::from_millis(1)));
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(
        limiter
            .check_cost("ada", 20_000)
            .await
            .unwrap()
            .is_allowed()
    );
}

/// A change of limits while reservations stand gives back nothing that was not taken.
#[tokio::test(start_paused = true)]
async fn a_limit_that_came_later_gives_back_nothing() {
    let limiter = Larder::memory().limiter("t").limits("1000/h").unwrap();
    let reservation = limiter.reserve("ada", 500, LEASE).await.unwrap();
    let minute = limiter.with_limits(&["1000/m".parse().unwrap()]).unwrap();
    assert_eq!(burst(&minute, 1000).await, 1000);
    reservation.cancel().await.unwrap();
    assert_eq!(burst(&minute, 100).await, 0);
    assert_eq!(left(&limiter).await, 1000);
}

/// A process that died gives back what it reserved: when it is wanted, and once.
#[tokio::test(start_paused = true)]
async fn what_is_never_settled_is_given_back_when_its_lease_ends() {
    let server = MemoryServer::new();
    let node = Larder::builder().on_memory(&server);
    let limiter = tokens(&node);
    drop(limiter.reserve("ada", 90, LEASE).await.unwrap());
    let late = limiter.reserve("ada", 10, LEASE).await.unwrap();
    assert!(!limiter.check_cost("ada", 50).await.unwrap().is_allowed());
    tokio::time::sleep(LEASE + Duration::from_secs(1)).await;
    assert!(limiter.check_cost("ada", 50).await.unwrap().is_allowed());
    assert_eq!(left(&limiter).await, 50);
    // It was given back: so all of its cost is taken when it is settled after all.
    late.settle(20).await.unwrap();
    assert_eq!(left(&limiter).await, 30);
}
