struct Failed;

#[larder::concurrency_limited(10, namespace = "n", key = "{id}")]
async fn f(id: u64) -> Result<u64, Failed> {
    Ok(id)
}

fn main() {}
