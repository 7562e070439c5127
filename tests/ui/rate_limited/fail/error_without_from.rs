struct Failed;

#[larder::rate_limited("10/s", namespace = "n", key = "{id}")]
async fn f(id: u64) -> Result<u64, Failed> {
    Ok(id)
}

fn main() {}
