//! A copy ends with its entry.

use larder::cached;

#[cached(namespace = "numbers", ttl = "5m", local = "10m")]
async fn number(id: u64) -> u64 {
    id
}

fn main() {}
