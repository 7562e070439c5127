use std::collections::HashMap;

use larder::cached;

#[cached(namespace = "squares", ttl = "5m", batch, hard = "2s")]
async fn squares(ids: &[u64]) -> HashMap<u64, u64> {
    ids.iter().map(|id| (*id, id * id)).collect()
}

fn main() {}
