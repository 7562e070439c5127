use larder::cached;

#[cached(namespace = "users", ttl = "5m", hard = "2s")]
async fn user(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
