use std::collections::HashMap;

use larder::cached;

#[cached(namespace = "users", ttl = "5m", batch = ids, skip(ids))]
async fn users(ids: &[u64]) -> HashMap<u64, String> {
    ids.iter().map(|id| (*id, id.to_string())).collect()
}

fn main() {}
