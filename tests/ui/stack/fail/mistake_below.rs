//! What is wrong with one is not said by the others.
#[larder::cached(namespace = "users", ttl = "5m")]
#[larder::with_lock(key = "user:{usr}")]
async fn user(id: u64) -> Result<u64, larder::Error> {
    Ok(id)
}

fn main() {}
