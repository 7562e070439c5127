//! What cannot be stored cannot be kept either, and one mistake is one error.

use larder::cached;

struct User;

#[cached(namespace = "users", ttl = "5m", local = "10s")]
async fn user(id: u64) -> User {
    let _ = id;
    User
}

fn main() {}
