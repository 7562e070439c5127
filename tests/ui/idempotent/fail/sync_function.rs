#[larder::idempotent(namespace = "n", key = "{id}", ttl = "1h")]
fn f(id: u64) -> Result<u64, larder::Error> {
    Ok(id)
}

fn main() {}
