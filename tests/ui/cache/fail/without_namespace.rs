larder::cache! {
    CONFIRMATIONS: Cache<u64>;
}

fn main() {}
