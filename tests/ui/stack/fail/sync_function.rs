//! Each of the three would say it.
#[larder::cached(namespace = "users", ttl = "5m")]
#[larder::with_lock(key = "user:{id}")]
#[larder::rate_limited("10/s", namespace = "stack", key = "{id}")]
fn user(id: u64) -> Result<u64, larder::Error> {
    Ok(id)
}

fn main() {}
