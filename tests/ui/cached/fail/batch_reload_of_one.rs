use std::collections::HashMap;

use larder::{Previous, cached};

#[cached(namespace = "prices", ttl = "5m", stale = "1h", batch, reload = newer)]
async fn prices(ids: &[u64]) -> HashMap<u64, u64> {
    ids.iter().map(|id| (*id, 250)).collect()
}

async fn newer(ids: &[u64], previous: Previous<u64>) -> HashMap<u64, u64> {
    ids.iter().map(|id| (*id, *previous)).collect()
}

fn main() {}
