//! The lock below the cache has no way to say that it was not got.
#[derive(Debug, Clone)]
struct Failed;

#[larder::cached(namespace = "users", ttl = "5m")]
#[larder::with_lock(key = "user:{id}")]
async fn user(id: u64) -> Result<u64, Failed> {
    Ok(id)
}

fn main() {}
