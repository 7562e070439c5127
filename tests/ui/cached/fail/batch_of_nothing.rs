use larder::cached;

#[cached(namespace = "users", ttl = "5m", batch)]
async fn users(ids: &[u64]) -> Result<(), larder::Error> {
    drop(ids.len());
    Ok(())
}

fn main() {}
