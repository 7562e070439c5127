#[larder::rate_limited("10/s", namespace = "n", key = "{user}:{idd}")]
async fn f(user: u64, id: u64) -> Result<u64, larder::Error> {
    Ok(user + id)
}

fn main() {}
