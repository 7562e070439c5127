use std::collections::HashMap;

use larder::cached;

#[cached(namespace = "squares", ttl = "5m", err_ttl = "1s", cache_err = |_error| true, batch)]
async fn squares(ids: &[u64]) -> Result<HashMap<u64, u64>, String> {
    Ok(ids.iter().map(|id| (*id, id * id)).collect())
}

fn main() {}
