//! What a rule answers is true or false.

use larder::cached;

#[cached(namespace = "numbers", ttl = "5m", store_if = |value| *value)]
async fn number(id: u64) -> u64 {
    id
}

fn main() {}
