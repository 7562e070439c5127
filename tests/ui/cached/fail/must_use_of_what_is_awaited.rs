#![deny(unused_must_use)]

use larder::cached;

#[must_use]
#[cached(namespace = "users", ttl = "5m")]
async fn user(id: u64) -> u64 {
    id
}

async fn forgotten() {
    user(7).await;
}

fn main() {
    drop(forgotten());
}
