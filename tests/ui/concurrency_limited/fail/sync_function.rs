#[larder::concurrency_limited(10, namespace = "n", key = "{id}")]
fn f(id: u64) -> Result<u64, larder::Error> {
    Ok(id)
}

fn main() {}
