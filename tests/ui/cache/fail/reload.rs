use larder::cache;

cache! {
    PRICES: Cache<u64> = "prices", ttl "5m", stale "1h", reload newer_price;
}

async fn newer_price() -> u64 {
    250
}

fn main() {
    let _ = PRICES.stats();
    let _ = newer_price();
}
