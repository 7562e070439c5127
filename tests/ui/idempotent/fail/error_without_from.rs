struct Failed;

#[larder::idempotent(namespace = "n", key = "{id}", ttl = "1h")]
async fn f(id: u64) -> Result<u64, Failed> {
    Ok(id)
}

fn main() {}
