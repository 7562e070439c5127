//! A key that says nothing, for an argument that says something.

use larder::cached;

#[cached(namespace = "numbers", ttl = "5m", key = "")]
async fn number(id: u64) -> u64 {
    id
}

fn main() {}
