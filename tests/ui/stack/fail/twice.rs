//! With another one between them.
#[larder::with_lock(key = "from:{from}")]
#[larder::rate_limited("10/s", namespace = "stack", key = "{from}")]
#[larder::with_lock(key = "to:{to}")]
async fn pay(from: u64, to: u64) -> Result<(), larder::Error> {
    Ok(drop((from, to)))
}

fn main() {}
