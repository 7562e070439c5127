use std::collections::HashMap;

use larder::cached;

#[cached(namespace = "prices", ttl = "5m", stale = "1h", batch, skip(count))]
async fn prices(ids: &[u64], count: &mut u64) -> HashMap<u64, u64> {
    *count += 1;
    ids.iter().map(|id| (*id, *count)).collect()
}

fn main() {}
