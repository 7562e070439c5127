use std::collections::HashMap;

use larder::cached;

#[cached(namespace = "squares", ttl = "5m", batch, err_ttl = "10s")]
async fn squares(ids: &[u64]) -> Result<HashMap<u64, u64>, String> {
    Ok(ids.iter().map(|id| (*id, id * id)).collect())
}

fn main() {}
