#[larder::cached(namespace = "n", ttl = "1m")]
#[larder::with_lock(key = "{id}")]
async fn f(id: u64) -> Result<u64, larder::Error> {
    Ok(id)
}

fn main() {}
