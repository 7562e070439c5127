#[derive(serde::Serialize, serde::Deserialize)]
struct Action;

larder::cache! {
    CONFIRMATIONS: Cache<Action> = "confirmation", ttl "15m", codec "postcard";
}

fn main() {
    let _ = &CONFIRMATIONS;
}
