//! There is no such unit.

use larder::cached;

#[cached(namespace = "numbers", ttl = "5m", wait = "10 seconds")]
async fn number(id: u64) -> u64 {
    id
}

fn main() {}
