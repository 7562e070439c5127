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
);

fn tokens(node: &Larder) -> Limiter {
    node.limiter("tokens").limits("100/d").unwrap()
}

async fn left(limiter: &Limiter) -> u64 {
    limiter.peek("ada").await.unwrap().remaining()
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
