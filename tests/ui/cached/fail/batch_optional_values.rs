use std::collections::HashMap;

use larder::cached;

#[cached(namespace = "squares", ttl = "5m", none_ttl = "1m", batch)]
async fn squares(ids: &[u64]) -> HashMap<u64, Option<u64>> {
    ids.iter().map(|id| (*id, id.checked_mul(*id))).collect()
}

fn main() {}
