use std::collections::HashMap;

use larder::cached;

#[cached(namespace = "squares", ttl = "5m", batch)]
async fn squares(ids: &[u32]) -> HashMap<u64, u64> {
    ids.iter().map(|id| (u64::from(*id), u64::from(id * id))).collect()
}

fn main() {}
