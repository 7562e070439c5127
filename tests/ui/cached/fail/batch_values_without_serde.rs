use std::collections::HashMap;

use larder::cached;

struct Square(u64);

#[cached(namespace = "squares", ttl = "5m", batch)]
async fn squares(ids: &[u64]) -> HashMap<u64, Square> {
    ids.iter().map(|id| (*id, Square(id * id))).collect()
}

fn main() {}
