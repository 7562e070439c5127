//! Every caller would get a clone of the copy.

use larder::cached;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct User {
    id: u64,
}

#[cached(namespace = "users", ttl = "5m", local = "10s")]
async fn user(id: u64) -> User {
    User { id }
}

fn main() {}
