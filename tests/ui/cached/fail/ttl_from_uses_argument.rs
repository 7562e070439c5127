use larder::cached;
use std::time::Duration;

#[cached(namespace = "users", ttl_from = |_value| Duration::from_secs(id))]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
