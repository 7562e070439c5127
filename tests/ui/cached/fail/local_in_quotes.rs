//! A yes is no text.

use larder::cached;

#[cached(namespace = "numbers", ttl = "5m", local = "true")]
async fn number(id: u64) -> u64 {
    id
}

fn main() {}
