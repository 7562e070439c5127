#[larder::rate_limited("10/s", namespace = "n", key = "{id}")]
async fn f(id: u64) -> Result<u64, larder::Error> {
    Ok::<_, larder::Error>(id);
}

fn main() {}
