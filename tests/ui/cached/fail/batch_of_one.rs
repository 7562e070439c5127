use std::collections::HashMap;

use larder::cached;

#[cached(namespace = "squares", ttl = "5m", batch = power)]
async fn squares(ids: &[u64], power: u32) -> HashMap<u64, u64> {
    ids.iter().map(|id| (*id, id.pow(power))).collect()
}

fn main() {}
