//! Where the crate is, as a path.

use larder::cached;

#[cached(namespace = "numbers", ttl = "5m", crate = "larder")]
async fn number(id: u64) -> u64 {
    id
}

fn main() {}
