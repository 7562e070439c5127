#[larder::concurrency_limited(10, namespace = "n", key = "{id}")]
#[larder::rate_limited("10/s", namespace = "m", key = "{id}")]
async fn f(id: u64) -> Result<u64, larder::Error> {
    Ok(id)
}

fn main() {}
