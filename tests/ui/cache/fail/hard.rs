use larder::cache;

cache! {
    PRICES: Cache<u64> = "prices", ttl "5m", stale "1h", hard "2s";
}

fn main() {
    let _ = PRICES.stats();
}
