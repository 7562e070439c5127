larder::cache! {
    CONFIRMATIONS: u64 = "confirmation", ttl "15m";
}

fn main() {}
