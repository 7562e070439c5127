larder::cache! {
    CONFIRMATIONS: Cache<u64> = "confirmation" ttl "15m";
}

fn main() {}
