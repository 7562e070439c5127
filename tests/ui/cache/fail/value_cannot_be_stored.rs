struct Action;

larder::cache! {
    CONFIRMATIONS: Cache<Action> = "confirmation", ttl "15m";
}

fn main() {
    let _ = &CONFIRMATIONS;
}
