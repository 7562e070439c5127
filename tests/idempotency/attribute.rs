//! `#[idempotent]` on functions and methods.

use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};

use larder::{Error, ErrorKind, idempotent};
use serde::{Deserialize, Serialize};

use crate::fleet::Fleet;

on_each_backend!(
    a_function_runs_once_for_each_key,
    what_is_skipped_is_no_part_of_the_request,
    methods_and_boxed_futures_too,
    errors_that_are_picked_are_stored,
);

#[derive(Debug, PartialEq)]
enum ApiError {
    Refused(ErrorKind),
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::Refused(error.kind())
    }
}

/// Stands for a database.
#[derive(Default)]
struct Database {
    payments: AtomicU32,
}

impl Database {
    fn pay(&self) -> u32 {
        self.payments.fetch_add(1, Ordering::SeqCst) + 1
    }
}

#[idempotent(
    namespace = "attribute.payments",
    key = "{request}",
    ttl = "1h",
    skip(database)
)]
async fn pay(database: &Database, request: String, cents: u64) -> Result<(u32, u64), ApiError> {
    if cents == 0 {
        return Ok((0, 0));
    }
    Ok((database.pay(), cents))
}

async fn a_function_runs_once_for_each_key(fleet: Fleet) {
    let database = Database::default();
    let call = async || {
        assert_eq!(pay(&database, "a".into(), 10).await, Ok((1, 10)));
        assert_eq!(pay(&database, "a".into(), 10).await, Ok((1, 10)));
        let other = pay(&database, "a".into(), 11).await;
        assert_eq!(other, Err(ApiError::Refused(ErrorKind::KeyReused)));
        assert_eq!(pay(&database, "b".into(), 10).await, Ok((2, 10)));
        assert_eq!(pay(&database, "c".into(), 0).await, Ok((0, 0)));
    };
    fleet.node().await.scope(call()).await;
    let pay_again = pay(&database, "a".into(), 10);
    assert_eq!(fleet.node().await.scope(pay_again).await, Ok((1, 10)));
}

async fn what_is_skipped_is_no_part_of_the_request(fleet: Fleet) {
    let (one, other) = (Database::default(), Database::default());
    other.pay();
    let node = fleet.node().await;
    assert_eq!(node.scope(pay(&one, "a".into(), 10)).await, Ok((1, 10)));
    assert_eq!(node.scope(pay(&other, "a".into(), 10)).await, Ok((1, 10)));
}

trait Sends {
    fn send<'a>(
        &'a self,
        request: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<u32, ApiError>> + Send + 'a>>;
}

impl Database {
    #[idempotent(
        namespace = "attribute.methods",
        key = "{request}",
        ttl = "1h",
        lease = "30s",
        wait = "0s"
    )]
    async fn method(&self, request: &str) -> Result<u32, ApiError> {
        Ok(self.pay())
    }
}

impl Sends for Database {
    #[idempotent(namespace = "attribute.boxed", key = "{request}", ttl = "1h")]
    fn send<'a>(
        &'a self,
        request: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<u32, ApiError>> + Send + 'a>> {
        Box::pin(async move { Ok(self.pay()) })
    }
}

async fn methods_and_boxed_futures_too(fleet: Fleet) {
    let database = Database::default();
    let node = fleet.node().await;
    for _ in 0..2 {
        assert_eq!(node.scope(database.method("a")).await, Ok(1));
    }
    for _ in 0..2 {
        // The call is made where the Larder is.
        assert_eq!(node.scope(async { database.send("a").await }).await, Ok(2));
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum OrderError {
    SoldOut,
    Other,
}

impl From<Error> for OrderError {
    fn from(_: Error) -> Self {
        Self::Other
    }
}

#[idempotent(
    namespace = "attribute.orders",
    key = "{request}",
    ttl = "1h",
    skip(database),
    store_err = |error| matches!(error, OrderError::SoldOut)
)]
async fn order(database: &Database, request: u64) -> Result<u32, OrderError> {
    match database.pay() {
        1 => Err(OrderError::Other),
        2 => Err(OrderError::SoldOut),
        more => Ok(more),
    }
}

async fn errors_that_are_picked_are_stored(fleet: Fleet) {
    let database = Database::default();
    let node = fleet.node().await;
    for expected in [OrderError::Other, OrderError::SoldOut, OrderError::SoldOut] {
        assert_eq!(node.scope(order(&database, 7)).await, Err(expected));
    }
}

#[tokio::test]
async fn without_a_larder_it_is_an_error() {
    let refused = pay(&Database::default(), "a".into(), 10).await;
    assert_eq!(refused, Err(ApiError::Refused(ErrorKind::NotInstalled)));
}
