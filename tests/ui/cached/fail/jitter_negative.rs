//! Jitter only shortens.

use larder::cached;

#[cached(namespace = "numbers", ttl = "5m", jitter = "-10%")]
async fn number(id: u64) -> u64 {
    id
}

fn main() {}
