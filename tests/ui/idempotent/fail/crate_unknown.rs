use larder::idempotent;

#[idempotent(namespace = "payments", key = "{id}", ttl = "24h", crate = ::cellar)]
async fn pay(id: &str) -> Result<u64, larder::Error> {
    Ok(id.len() as u64)
}

fn main() {}
