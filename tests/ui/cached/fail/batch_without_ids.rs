use std::collections::HashMap;

use larder::cached;

#[cached(namespace = "squares", ttl = "5m", batch)]
async fn squares(first: u64, last: u64) -> HashMap<u64, u64> {
    (first..last).map(|id| (id, id * id)).collect()
}

fn main() {}
