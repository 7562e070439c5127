//! The body may outlive whoever has lent this.

use larder::cached;

struct Database;

#[cached(namespace = "users", ttl = "5m", stale = "1h", skip(db))]
async fn user(db: &Database, id: u64) -> u64 {
    let _ = db;
    id
}

fn main() {}
