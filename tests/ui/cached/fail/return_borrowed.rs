use larder::cached;

#[cached(namespace = "names", ttl = "5m")]
async fn name(of: &str) -> Result<&str, String> {
    Ok(of)
}

fn main() {}
