use larder::cached;

#[cached(namespace = "users", ttl = "5m", cache_err = |error| true)]
async fn user(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
