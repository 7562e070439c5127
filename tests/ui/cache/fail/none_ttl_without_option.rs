larder::cache! {
    CONFIRMATIONS: Cache<u64> = "confirmation", ttl "15m", none_ttl "10s";
}

fn main() {}
