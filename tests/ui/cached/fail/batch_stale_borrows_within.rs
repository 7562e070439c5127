use std::collections::HashMap;

use larder::cached;

#[cached(namespace = "prices", ttl = "5m", stale = "1h", batch = ids)]
async fn prices(ids: &[u64], currencies: &[&str]) -> HashMap<u64, u64> {
    ids.iter().map(|id| (*id, currencies.len() as u64)).collect()
}

fn main() {}
