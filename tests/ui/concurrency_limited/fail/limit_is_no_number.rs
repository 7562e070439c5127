#[larder::concurrency_limited("ten", namespace = "n", key = "{id}")]
async fn f(id: u64) -> Result<u64, larder::Error> {
    Ok(id)
}

fn main() {}
