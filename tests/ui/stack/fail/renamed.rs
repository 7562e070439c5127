//! The attribute above does not know it by this name.
use larder::cached;
use larder::with_lock as locked;

#[cached(namespace = "users", ttl = "5m")]
#[locked(key = "user:{id}")]
async fn user(id: u64) -> Result<u64, larder::Error> {
    Ok(id)
}

fn main() {}
