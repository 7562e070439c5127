use std::collections::HashMap;

use larder::cached;

struct Connection;

#[cached(namespace = "squares", ttl = "5m", batch, skip(connection))]
async fn squares(connection: Connection, ids: &[u64]) -> HashMap<u64, u64> {
    let _ = connection;
    ids.iter().map(|id| (*id, id * id)).collect()
}

fn main() {}
