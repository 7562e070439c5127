//! Functions whose body may outlive its caller, in every shape: what it is lent it owns, and where
//! it runs it is who it was.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that meets an error has failed, and sleeps as users do"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use larder::{CacheKey, Larder, cached};

use super::support::Count;

/// Distinct for each test: its clones count together.
#[derive(Debug, Clone, Default)]
struct Loads(Arc<Count>);

#[cached(namespace = "stale.lent", ttl = "1s", stale = "1h", skip(loads))]
async fn lent(name: &str, mut parts: Vec<u32>, more: &[u32], loads: &Loads) -> String {
    tokio::task::yield_now().await;
    parts.extend(more);
    format!("{name} {parts:?} {}", loads.0.up())
}

#[cached(namespace = "stale.static", ttl = "1s", stale = "1h", skip(loads))]
async fn forever(name: &'static str, loads: &'static AtomicU64) -> u64 {
    loads.fetch_add(1, Ordering::Relaxed) + name.len() as u64
}

#[cached(namespace = "stale.generic", ttl = "1s", early = "99%", skip(loads))]
async fn generic<'a, T, const SIZE: usize>(of: &'a T, loads: Loads) -> Result<Vec<String>, String>
where
    T: CacheKey + ToString + Clone + Send + Sync + 'static,
{
    let load = loads.0.up();
    Ok(vec![format!("{}{load}", of.to_string()); SIZE])
}

#[cached(
    namespace = "stale.some",
    ttl = "1s",
    stale = "1h",
    if = id > 10,
    skip(loads)
)]
async fn some(id: u64, loads: &Loads) -> u64 {
    id + loads.0.up()
}

#[cached(
    namespace = "stale.copied",
    ttl = "1s",
    stale = "1h",
    local = true,
    skip(loads)
)]
async fn copied(id: u64, loads: &Loads) -> u64 {
    id + loads.0.up()
}

#[cached(namespace = "stale.tenant", ttl = "1s", stale = "1h", skip(loads))]
async fn whose(id: u64, loads: &Loads) -> String {
    // What is loaded by another function has the key of the same tenant.
    let key = some::key(id).unwrap_or_default();
    format!("{key} {}", loads.0.up())
}

#[derive(Debug, Clone)]
struct Shop {
    tenant: String,
    loads: Loads,
}

impl Shop {
    #[cached(
        namespace = "stale.method",
        ttl = "1s",
        stale = "1h",
        key = "{self.tenant}:{article}"
    )]
    pub async fn price(&self, article: &str) -> Result<String, String> {
        if article.is_empty() {
            return Err("no such article".to_owned());
        }
        Ok(format!("{} {article} {}", self.tenant, self.loads.0.up()))
    }

    #[cached(namespace = "stale.shared", ttl = "1s", stale = "1h", skip(self), unless = article == 0)]
    pub async fn shared(self: Arc<Self>, article: u64) -> u64 {
        self.loads.0.up() + article
    }

    #[cached(namespace = "stale.associated", ttl = "1s", stale = "1h", skip(loads), entry = of_entry)]
    async fn of(article: u64, loads: &Loads) -> u64 {
        Self::shift(article) + loads.0.up()
    }

    const fn shift(article: u64) -> u64 {
        article * 10
    }
}

/// What is stored is stale afterwards.
async fn wait() {
    tokio::time::sleep(Duration::from_secs(2)).await;
}

/// The refresh has run behind the answer.
async fn settle(namespace: &str, refreshed: u64) {
    let larder = Larder::current().unwrap();
    while larder.stats(namespace).refreshed < refreshed {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[larder::test]
async fn what_is_lent_is_owned_when_the_body_runs_behind() {
    let loads = Loads::default();
    let call = async || lent("Ada", vec![1], &[2], &loads).await;
    assert_eq!(call().await, "Ada [1, 2] 1");
    wait().await;
    assert_eq!(call().await, "Ada [1, 2] 1");
    settle("stale.lent", 1).await;
    assert_eq!(call().await, "Ada [1, 2] 2");
}

#[larder::test]
async fn what_is_static_stays_as_it_is() {
    static LOADS: AtomicU64 = AtomicU64::new(0);
    assert_eq!(forever("tea", &LOADS).await, 3);
    wait().await;
    assert_eq!(forever("tea", &LOADS).await, 3);
    settle("stale.static", 1).await;
    assert_eq!(forever("tea", &LOADS).await, 4);
}

#[larder::test]
async fn generics_are_refreshed_as_the_instance_that_they_are() {
    let loads = Loads::default();
    let call = async || generic::<u32, 2>(&7, loads.clone()).await;
    assert_eq!(call().await.unwrap(), ["71", "71"]);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(call().await.unwrap(), ["71", "71"]);
    settle("stale.generic", 1).await;
    assert_eq!(call().await.unwrap(), ["72", "72"]);
}

#[larder::test]
async fn a_call_past_the_cache_runs_the_body_itself() {
    let loads = Loads::default();
    assert_eq!(some(7, &loads).await, 8);
    assert_eq!(some(7, &loads).await, 9);
    assert_eq!(some(17, &loads).await, 20);
    assert_eq!(some(17, &loads).await, 20);
}

#[larder::test]
async fn a_copy_in_the_process_ends_when_its_value_is_to_be_refreshed() {
    let loads = Loads::default();
    for _ in 0..3 {
        assert_eq!(copied(7, &loads).await, 8);
    }
    let larder = Larder::current().unwrap();
    assert_eq!(larder.stats("stale.copied").local_hits, 1);
    wait().await;
    assert_eq!(copied(7, &loads).await, 8);
    settle("stale.copied", 1).await;
    for _ in 0..3 {
        assert_eq!(copied(7, &loads).await, 9);
    }
    let stats = larder.stats("stale.copied");
    assert_eq!(
        (stats.local_hits, stats.stale_hits, stats.local_kept),
        (3, 1, 2)
    );
}

#[larder::test]
async fn a_refresh_has_the_tenant_and_the_larder_of_its_caller() {
    let loads = Loads::default();
    let other = Larder::memory();
    for larder in [Larder::current().unwrap(), other] {
        let of_acme = larder.scope(larder::tenant("acme").scope(async {
            let first = whose(7, &loads).await;
            wait().await;
            assert_eq!(whose(7, &loads).await, first);
            settle("stale.tenant", 1).await;
            let second = whose(7, &loads).await;
            assert_ne!(second, first);
            let key = |value: String| value.split(' ').next().map(str::to_owned);
            assert_eq!(key(second), key(first.clone()));
            first
        }));
        let first = of_acme.await;
        assert!(first.contains(":acme:stale.some:"), "{first}");
        assert_eq!(larder.scope(whose::peek(7)).await.unwrap(), None);
    }
}

#[larder::test]
async fn methods_are_refreshed_by_a_clone() {
    let shop = Shop {
        tenant: "north".to_owned(),
        loads: Loads::default(),
    };
    assert_eq!(shop.price("tea").await.unwrap(), "north tea 1");
    assert_eq!(shop.price("").await, Err("no such article".to_owned()));
    wait().await;
    assert_eq!(shop.price("tea").await.unwrap(), "north tea 1");
    settle("stale.method", 1).await;
    let stored = shop.price_entry("tea").peek().await.unwrap();
    assert_eq!(stored.as_deref(), Some("north tea 2"));

    let shared = Arc::new(shop.clone());
    assert_eq!(Arc::clone(&shared).shared(40).await, 43);
    assert_eq!(Arc::clone(&shared).shared(0).await, 4, "past the cache");
    wait().await;
    assert_eq!(Arc::clone(&shared).shared(40).await, 43);
    settle("stale.shared", 1).await;

    assert_eq!(Shop::of(7, &shop.loads).await, 76);
    wait().await;
    assert_eq!(Shop::of(7, &shop.loads).await, 76);
    settle("stale.associated", 1).await;
    assert_eq!(Shop::of_entry(7).peek().await.unwrap(), Some(77));
}

/// What the tests above cannot say: that these futures can be spawned.
#[larder::test]
async fn calls_can_be_sent_to_other_threads() {
    let shop = Shop {
        tenant: "south".to_owned(),
        loads: Loads::default(),
    };
    let task = larder::spawn(async move { shop.price("tea").await });
    assert!(task.await.unwrap().is_ok());
    let task = larder::spawn(async move { lent("Ada", vec![], &[], &Loads::default()).await });
    assert_eq!(task.await.unwrap(), "Ada [] 1");
}
