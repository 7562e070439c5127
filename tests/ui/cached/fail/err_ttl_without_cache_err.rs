//! How long, but not which errors.

use larder::cached;

#[cached(namespace = "numbers", ttl = "5m", err_ttl = "5s")]
async fn number(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
