use larder::cached;

#[cached(namespace = "users", ttl = "5m", on_error = "stale")]
async fn user(id: u64) -> Result<u64, larder::Error> {
    Ok(id)
}

fn main() {}
