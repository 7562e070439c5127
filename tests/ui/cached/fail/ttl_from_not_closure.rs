//! A rule is a closure.

use larder::cached;

#[cached(namespace = "numbers", ttl_from = 5)]
async fn number(id: u64) -> u64 {
    id
}

fn main() {}
