#[larder::idempotent(namespace = "n", key = "{id}", ttl = "1h")]
async fn f(id: u64) -> Result<impl std::fmt::Display, larder::Error> {
    Ok(id)
}

fn main() {}
