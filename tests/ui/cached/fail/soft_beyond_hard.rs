use larder::cached;

#[cached(namespace = "users", ttl = "5m", stale = "1h", soft = "2s", hard = "2s")]
async fn user(id: u64) -> Result<u64, larder::Error> {
    Ok(id)
}

fn main() {}
