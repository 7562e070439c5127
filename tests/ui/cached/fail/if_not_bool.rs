//! A condition is true or false.

use larder::cached;

#[cached(namespace = "numbers", ttl = "5m", if = id)]
async fn number(id: u64) -> u64 {
    id
}

fn main() {}
