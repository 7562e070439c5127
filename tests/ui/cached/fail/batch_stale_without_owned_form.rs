use std::collections::HashMap;

use larder::cached;

struct Db;

#[cached(namespace = "prices", ttl = "5m", stale = "1h", batch, skip(_db))]
async fn prices(_db: &Db, ids: &[u64]) -> HashMap<u64, u64> {
    ids.iter().map(|id| (*id, 250)).collect()
}

fn main() {}
