use std::collections::HashMap;

#[larder::cached(namespace = "n", ttl = "5m", batch)]
async fn users(ids: &[u64]) -> HashMap<u64, User> {
    HashMap::new()
}

fn main() {}
