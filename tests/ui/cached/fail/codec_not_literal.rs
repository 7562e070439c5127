//! The codec is chosen by name.

use larder::cached;

#[cached(namespace = "numbers", ttl = "5m", codec = json)]
async fn number(id: u64) -> u64 {
    id
}

fn main() {}
