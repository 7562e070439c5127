//! A value ends before it can have gone unread for so long.

use larder::cached;

#[cached(namespace = "numbers", ttl = "5m", idle = "10m")]
async fn number(id: u64) -> u64 {
    id
}

fn main() {}
