use larder::cached;
use std::sync::atomic::{AtomicU64, Ordering};

#[larder::test]
async fn the_second_call_is_a_hit() {
    static LOADS: AtomicU64 = AtomicU64::new(0);
    #[cached(namespace = "numbers", ttl = "5m")]
    async fn number(id: u64) -> u64 {
        LOADS.fetch_add(1, Ordering::Relaxed);
        id * 2
    }
    assert_eq!(number(7).await, 14);
    assert_eq!(number(7).await, 14);
    assert_eq!(LOADS.load(Ordering::Relaxed), 1);
}
