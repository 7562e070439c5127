#[larder::with_lock(key = "{id}")]
#[larder::cached(namespace = "n", ttl = "1m")]
async fn f(id: u64) -> Result<u64, larder::Error> {
    Ok(id)
}

fn main() {}
