//! Several attributes on one function: read from top to bottom, the first is the outermost.

use async_trait::async_trait;
use larder::{
    Error, ErrorKind, Larder, cache_put, cached, concurrency_limited, idempotent, invalidates,
    lock, rate_limited, with_lock,
};

use super::support::Count;

#[cached(namespace = "stack.hits", ttl = "5m", skip(count))]
#[rate_limited("1/h", namespace = "stack.loads", key = "all")]
async fn limited_loads(_id: u64, count: &Count) -> Result<u64, Error> {
    Ok(count.up())
}

#[larder::test]
async fn under_a_cache_only_loads_are_limited() {
    let count = Count::new();
    for _ in 0..3 {
        assert_eq!(limited_loads(7, &count).await.unwrap(), 1);
    }
    let denied = limited_loads(8, &count).await.unwrap_err();
    assert_eq!(denied.kind(), ErrorKind::RateLimited);
    assert_eq!(count.get(), 1);
}

#[rate_limited("1/h", namespace = "stack.calls", key = "all")]
#[cached(namespace = "stack.calls", ttl = "5m", skip(count))]
async fn limited_calls(_id: u64, count: &Count) -> Result<u64, Error> {
    Ok(count.up())
}

#[larder::test]
async fn over_a_cache_hits_are_limited_too() {
    let count = Count::new();
    assert_eq!(limited_calls(7, &count).await.unwrap(), 1);
    let denied = limited_calls(7, &count).await.unwrap_err();
    assert_eq!(denied.kind(), ErrorKind::RateLimited);
    // What is below the limit is not limited.
    assert_eq!(limited_calls::peek(7).await.unwrap(), Some(1));
    assert_eq!(limited_calls::uncached(7, &count).await.unwrap(), 2);
}

#[cached(namespace = "stack.conditions", ttl = "5m", skip(count))]
#[cfg_attr(
    all(),
    rate_limited("1/h", namespace = "stack.conditions", key = "all")
)]
#[cfg_attr(any(), rate_limited("1/h", namespace = "stack.nowhere", key = "all"))]
async fn limited_loads_by_condition(_id: u64, count: &Count) -> Result<u64, Error> {
    Ok(count.up())
}

#[cfg_attr(all(), rate_limited("1/h", namespace = "stack.outside", key = "all"))]
#[cfg_attr(all(), cached(namespace = "stack.outside", ttl = "5m", skip(count)))]
async fn limited_calls_by_condition(_id: u64, count: &Count) -> Result<u64, Error> {
    Ok(count.up())
}

#[larder::test]
async fn an_attribute_under_a_condition_stands_where_it_is_written() {
    let count = Count::new();
    for _ in 0..2 {
        assert_eq!(limited_loads_by_condition(7, &count).await.unwrap(), 1);
    }
    assert!(limited_loads_by_condition(8, &count).await.is_err());
    assert_eq!(limited_calls_by_condition(7, &count).await.unwrap(), 2);
    assert!(limited_calls_by_condition(7, &count).await.is_err());
}

#[cached(namespace = "stack.locked", ttl = "5m")]
#[with_lock(key = "stack:{id}")]
async fn loaded_under_lock(id: u64) -> Result<bool, Error> {
    Ok(lock::fence().is_ok() && id > 0)
}

/// The lock is around the cache, and the limit between them.
#[with_lock(namespace = "stack.around", key = "{id}")]
#[concurrency_limited(1, namespace = "stack.between", key = "{id}", wait = "0s")]
#[cached(namespace = "stack.inside", ttl = "5m", skip(count))]
#[must_use]
async fn all_of_it(id: u64, count: &Count) -> Result<u64, Error> {
    assert!(lock::fence().is_ok(), "{id}");
    Ok(count.up())
}

#[larder::test]
async fn a_load_runs_under_its_lock() {
    assert!(loaded_under_lock(7).await.unwrap());
    // The entry is stored and the lock is free again.
    assert_eq!(loaded_under_lock::peek(7).await.unwrap(), Some(true));
    assert!(loaded_under_lock::uncached(7).await.unwrap());
}

#[larder::test]
async fn three_are_read_from_top_to_bottom() {
    let count = Count::new();
    let larder = Larder::current().unwrap();
    let held = larder.lock("stack.around").acquire("7").await.unwrap();
    // Whoever cannot have the lock is not served from the cache either.
    all_of_it::put(7, &5).await.unwrap();
    let waits = larder::spawn(async move { all_of_it(7, &count).await });
    tokio::task::yield_now().await;
    assert!(!waits.is_finished());
    held.release().await.unwrap();
    assert_eq!(waits.await.unwrap().unwrap(), 5);
}

#[cached(namespace = "stack.team", ttl = "5m", skip(count))]
async fn team(id: u64, count: &Count) -> u64 {
    count.up() + 100 * id
}

/// The request that is repeated writes nothing again.
#[idempotent(key = "{request}", namespace = "stack.requests", ttl = "1h")]
#[invalidates(team(id))]
#[cache_put(renamed(id) = value)]
async fn rename(request: u64, id: u64) -> Result<u64, Error> {
    Ok(request + id)
}

#[cached(namespace = "stack.renamed", ttl = "5m")]
async fn renamed(id: u64) -> u64 {
    id
}

#[larder::test]
async fn what_is_answered_from_memory_writes_nothing() {
    let count = Count::new();
    assert_eq!(team(1, &count).await, 101);
    assert_eq!(rename(40, 1).await.unwrap(), 41);
    assert_eq!(renamed(1).await, 41);
    assert_eq!(team(1, &count).await, 102);
    assert_eq!(rename(40, 1).await.unwrap(), 41);
    assert_eq!(team(1, &count).await, 102, "nothing was invalidated");
}

#[async_trait]
trait Shop: Sync {
    async fn price(&self, id: u64) -> Result<u64, Error>;
}

struct Market {
    count: Count,
}

#[async_trait]
impl Shop for Market {
    #[cached(namespace = "stack.price", ttl = "5m", skip(self))]
    #[tracing::instrument(skip_all)]
    #[with_lock(key = "price:{id}")]
    #[rate_limited("1/h", namespace = "stack.price", key = "{id}")]
    async fn price(&self, id: u64) -> Result<u64, Error> {
        assert!(lock::fence().is_ok(), "{id}");
        Ok(self.count.up())
    }
}

impl Market {
    #[rate_limited("2/h", namespace = "stack.sum", key = "{id}")]
    #[cached(namespace = "stack.sum", ttl = "5m", skip(self), entry = sum_entry)]
    async fn sum(&self, id: u64) -> Result<u64, Error> {
        Ok(self.count.up() + id)
    }
}

#[larder::test]
async fn methods_are_stacked_like_functions() {
    let market = Market {
        count: Count::new(),
    };
    for _ in 0..2 {
        assert_eq!(market.price(7).await.unwrap(), 1);
    }
    for _ in 0..2 {
        assert_eq!(market.sum(7).await.unwrap(), 9);
    }
    assert!(market.sum(7).await.is_err());
    Market::sum_entry(7).invalidate().await.unwrap();
}
