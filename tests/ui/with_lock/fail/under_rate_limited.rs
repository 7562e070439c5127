#[larder::rate_limited("10/s", namespace = "n", key = "{id}")]
#[larder::with_lock(key = "{id}")]
async fn f(id: u64) -> Result<u64, larder::Error> {
    Ok(id)
}

fn main() {}
