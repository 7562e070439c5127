use larder::cache;

cache! {
    PRICES: Cache<u64> = "prices", ttl "5m", soft "100ms";
}

fn main() {
    let _ = PRICES.stats();
}
