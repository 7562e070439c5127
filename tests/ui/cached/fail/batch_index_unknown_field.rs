use std::collections::HashMap;

use larder::cached;

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct User {
    team: u64,
}

#[cached(namespace = "users", ttl = "5m", batch, index(team = value.taem))]
async fn users(ids: &[u64]) -> HashMap<u64, User> {
    ids.iter().map(|id| (*id, User { team: *id })).collect()
}

fn main() {}
