use larder::cached;

#[cached(namespace = "users", ttl = "5m", hard = "2s")]
async fn user(names: &[&str]) -> Result<u64, larder::Error> {
    Ok(names.len() as u64)
}

fn main() {}
