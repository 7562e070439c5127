#![deny(unused_must_use)]

use larder::cached;

#[cached(namespace = "users", ttl = "5m")]
async fn user(id: u64) -> u64 {
    id
}

async fn forget() {
    user::invalidate(7);
}

fn main() {
    drop(forget());
}
