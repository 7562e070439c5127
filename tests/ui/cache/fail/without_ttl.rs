larder::cache! {
    CONFIRMATIONS: Cache<u64> = "confirmation";
}

fn main() {
    let _ = &CONFIRMATIONS;
}
