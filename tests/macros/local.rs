//! `local` on every shape of a function: whoever asks a third time asks nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use larder::{CacheKey, Larder, cached};

use super::support::Count;

static BODIES: AtomicU64 = AtomicU64::new(0);

#[cached(namespace = "local.free", ttl = "5m", local = "10s")]
async fn free(id: u64, name: String) -> Result<Arc<String>, String> {
    if id == 0 {
        return Err("no such thing".to_owned());
    }
    Ok(Arc::new(format!("{name}{id}")))
}

#[cached(namespace = "local.generic", ttl = "5m", local = true)]
async fn generic<T: CacheKey + ToString, const SIZE: usize>(of: T) -> Vec<String> {
    vec![of.to_string(); SIZE]
}

/// Two instances have the same key and other values.
#[cached(namespace = "local.typed", ttl = "5m", local = true)]
async fn typed<T: CacheKey>(_of: T) -> String {
    std::any::type_name::<T>().to_owned()
}

#[cached(namespace = "local.some", ttl = "5m", local = true, if = id > 10, unless = id > 20)]
async fn some(id: u64) -> u64 {
    BODIES.fetch_add(1, Ordering::Relaxed);
    id
}

struct Shop {
    tenant: String,
    loads: Count,
}

impl Shop {
    #[cached(
        namespace = "local.method",
        ttl = "5m",
        local = true,
        key = "{self.tenant}:{article}"
    )]
    pub async fn price(&self, article: u32) -> Option<u64> {
        Some(self.loads.up() + u64::from(article))
    }
}

#[async_trait]
trait Prices {
    async fn boxed(&self, article: u32) -> Result<u64, String>;
}

#[async_trait]
impl Prices for Shop {
    #[cached(
        namespace = "local.boxed",
        ttl = "5m",
        local = true,
        key = "{self.tenant}:{article}"
    )]
    async fn boxed(&self, article: u32) -> Result<u64, String> {
        Ok(self.loads.up() + u64::from(article))
    }
}

/// How many calls of this namespace were answered from copies.
fn hits(namespace: &str) -> u64 {
    Larder::current().map_or(0, |larder| larder.stats(namespace).local_hits)
}

#[larder::test]
async fn a_free_function() {
    for _ in 0..5 {
        let answer = free(7, "seven".to_owned()).await;
        assert_eq!(answer, Ok(Arc::new("seven7".to_owned())));
    }
    assert_eq!(hits("local.free"), 3);
    // What is behind an `Arc` is handed out and not copied.
    let [one, other] = [
        free(7, "seven".to_owned()).await,
        free(7, "seven".to_owned()).await,
    ];
    assert!(Arc::ptr_eq(&one.unwrap(), &other.unwrap()));
    assert!(free(0, String::new()).await.is_err());
    assert!(free(0, String::new()).await.is_err());
}

#[larder::test]
async fn a_generic_function() {
    for _ in 0..5 {
        assert_eq!(generic::<_, 2>(7).await, ["7", "7"]);
        assert_eq!(generic::<_, 1>("seven").await, ["seven"]);
    }
    assert_eq!(hits("local.generic"), 6);
}

#[larder::test]
async fn two_instances_never_have_each_others_copies() {
    for _ in 0..5 {
        assert_eq!(typed(7_u8).await, "u8");
        assert_eq!(typed(7_u16).await, "u16");
    }
}

#[larder::test]
async fn a_call_past_the_cache_is_a_call_past_the_copy() {
    for _ in 0..5 {
        for id in [1, 15, 25] {
            assert_eq!(some(id).await, id);
        }
    }
    assert_eq!(hits("local.some"), 3);
    assert_eq!(BODIES.load(Ordering::Relaxed), 5 + 1 + 5);
}

#[larder::test]
async fn a_method_and_one_under_async_trait() {
    let shop = Shop {
        tenant: "acme".to_owned(),
        loads: Count::default(),
    };
    for _ in 0..5 {
        assert_eq!(shop.price(10).await, Some(11));
    }
    for _ in 0..5 {
        assert_eq!(shop.boxed(10).await, Ok(12));
    }
    assert_eq!((hits("local.method"), hits("local.boxed")), (3, 3));
    shop.price_entry(10).invalidate().await.unwrap();
    assert_eq!(shop.price(10).await, Some(13));
}
