use larder::cached;

#[cached(namespace = "users", ttl = "5m", on_error = "fail")]
async fn user(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
