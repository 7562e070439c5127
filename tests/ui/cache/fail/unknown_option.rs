larder::cache! {
    CONFIRMATIONS: Cache<u64> = "confirmation", ttl "15m", versoin 2;
}

fn main() {
    let _ = &CONFIRMATIONS;
}
