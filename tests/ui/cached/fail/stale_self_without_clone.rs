//! A clone of `self` is what the body has when its caller is gone.

use larder::cached;

struct Repository;

impl Repository {
    #[cached(namespace = "users", ttl = "5m", stale = "1h", skip(self))]
    pub async fn user(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
