#[derive(serde::Serialize, serde::Deserialize)]
struct Action;

larder::cache! {
    CONFIRMATIONS: Cache<Action> = "confirmation", ttl "15m", local "10s";
}

fn main() {
    let _ = &CONFIRMATIONS;
}
