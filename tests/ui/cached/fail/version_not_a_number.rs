//! A version is a whole number.

use larder::cached;

#[cached(namespace = "numbers", ttl = "5m", version = "2")]
async fn number(id: u64) -> u64 {
    id
}

fn main() {}
