//! A lease is a duration with a unit.

use larder::cached;

#[cached(namespace = "numbers", ttl = "5m", lease = 2)]
async fn number(id: u64) -> u64 {
    id
}

fn main() {}
