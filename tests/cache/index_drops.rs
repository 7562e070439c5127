//! Whatever is dropped between two steps of an indexed entry leaves garbage that ends, and answers
//! that are exact.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use larder::{Cache, CacheSpec, Entry, Larder, MemoryServer, Ttl};
use larder_runtime::backend::memory::MemoryBackend;

use crate::drop_safety::DropAfter;
use crate::fleet::Fleet;

const SPEC: CacheSpec = CacheSpec::new("dropped", Ttl::after(Duration::from_mins(1)));

/// One step of a user's, to be dropped anywhere.
type Step = Pin<Box<dyn Future<Output = ()>>>;

fn cache(node: &Larder) -> Cache<u64> {
    node.cache(SPEC)
        .index("team", |value: &u64, team| team.value(&(value / 100)))
        .index("parity", |value: &u64, parity| parity.value(&(value % 2)))
}

fn entry(node: &Larder) -> Entry<u64> {
    cache(node).entry(|key| key.arg(&7)).tag("user:7")
}

fn slow_link(server: &MemoryServer) -> MemoryBackend {
    let link = server.connect();
    let control = link.control();
    control.delay_requests(Duration::from_millis(1));
    control.delay_replies(Duration::from_millis(1));
    link
}

/// Drops the step after its first, second, … poll until it gets through; after each, everything
/// must be in order.
async fn at_every_await(step: impl Fn(Larder) -> Step) {
    for polls in 1.. {
        let server = MemoryServer::new();
        let here = Larder::builder().on_memory_link(slow_link(&server));
        let there = Larder::builder().on_memory(&server);
        entry(&there).put(&301).await.unwrap();
        let got_through = DropAfter {
            polls,
            call: Some(Box::pin(step(here.clone()))),
        }
        .await;
        // What was sent arrives, and the lease that nobody has any more ends.
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_in_order(&there, polls).await;

        // Everything works as if nothing had been, and an invalidation finds what there is.
        entry(&there).get_or_load(async { 401 }).await;
        assert_in_order(&there, polls).await;
        for team in [3, 4, 5] {
            cache(&there).invalidate_index("team", &team).await.unwrap();
        }
        assert_eq!(entry(&there).peek().await.unwrap(), None, "{polls} polls");

        // And what is left ends by itself.
        tokio::time::sleep(Duration::from_hours(9)).await;
        let left = Fleet::Memory(server).stranger().await.times_to_live().await;
        assert_eq!(left, [], "{polls} polls");
        if got_through.is_some() {
            assert!(polls > 3, "{polls} polls are too few to wait for a server");
            return;
        }
    }
}

/// The indexes name the entry if it is there, under its own values and no others.
async fn assert_in_order(node: &Larder, polls: usize) {
    let stored = entry(node).peek().await.unwrap();
    for team in [3, 4, 5] {
        let found = cache(node).by_index("team", &team).await.unwrap();
        let expected: Vec<u64> = stored
            .into_iter()
            .filter(|value| value / 100 == team)
            .collect();
        assert_eq!(found, expected, "team {team} after {polls} polls");
    }
    for parity in [0, 1] {
        let found = cache(node).by_index("parity", &parity).await.unwrap();
        let expected: Vec<u64> = stored
            .into_iter()
            .filter(|value| value % 2 == parity)
            .collect();
        assert_eq!(found, expected, "parity {parity} after {polls} polls");
    }
}

#[tokio::test(start_paused = true)]
async fn a_put_can_be_dropped_at_every_await() {
    at_every_await(|node| Box::pin(async move { entry(&node).put(&502).await.unwrap() })).await;
}

#[tokio::test(start_paused = true)]
async fn a_load_can_be_dropped_at_every_await() {
    at_every_await(|node| {
        Box::pin(async move {
            node.invalidate_tag("user:7").await.unwrap();
            entry(&node).get_or_load(async { 502 }).await;
        })
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_set_can_be_dropped_at_every_await() {
    at_every_await(|node| {
        Box::pin(async move {
            node.invalidate_tag("user:7").await.unwrap();
            assert_eq!(entry(&node).get_or_set(502).await.unwrap(), 502);
        })
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_update_can_be_dropped_at_every_await() {
    at_every_await(|node| {
        Box::pin(async move {
            entry(&node).update(|value| *value = 502).await.unwrap();
        })
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_refresh_can_be_dropped_at_every_await() {
    at_every_await(|node| {
        Box::pin(async move {
            entry(&node).refresh(async { 502 }).await;
        })
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_invalidation_can_be_dropped_at_every_await() {
    at_every_await(|node| {
        Box::pin(async move {
            entry(&node).invalidate().await.unwrap();
            entry(&node).put(&503).await.unwrap();
            cache(&node).invalidate_index("team", &5).await.unwrap();
        })
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_clear_can_be_dropped_at_every_await() {
    at_every_await(|node| {
        Box::pin(async move {
            node.clear("dropped").await.unwrap();
        })
    })
    .await;
}
