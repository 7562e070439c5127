use std::collections::HashMap;

use larder::cached;

#[cached(namespace = "squares", ttl = "5m", batch)]
async fn squares(ids: &[u64], powers: Vec<u32>) -> HashMap<u64, u64> {
    ids.iter().map(|id| (*id, id.pow(powers[0]))).collect()
}

fn main() {}
