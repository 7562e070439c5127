use std::collections::HashMap;

use larder::cached;

#[cached(batch, namespace = "users", ttl = "5m", stale = "1h")]
async fn users(ids: &[u64]) -> HashMap<u64, u64> {
    ids.iter().map(|id| (*id, *id)).collect()
}

fn main() {}
