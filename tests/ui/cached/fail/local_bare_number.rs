//! A number has no unit.

use larder::cached;

#[cached(namespace = "numbers", ttl = "5m", local = 10)]
async fn number(id: u64) -> u64 {
    id
}

fn main() {}
