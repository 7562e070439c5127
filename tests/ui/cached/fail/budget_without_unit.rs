//! A budget needs a unit, as every duration does.

use larder::cached;

#[cached(namespace = "numbers", ttl = "5m", budget = "50")]
async fn number(id: u64) -> u64 {
    id
}

fn main() {}
