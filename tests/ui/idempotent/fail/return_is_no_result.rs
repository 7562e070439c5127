#[larder::idempotent(namespace = "n", key = "{id}", ttl = "1h")]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
