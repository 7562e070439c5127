use larder::cached;

type Loaded = Result<u64, String>;

#[cached(namespace = "users", ttl = "5m")]
async fn user(id: u64) -> Loaded {
    Ok(id)
}

fn main() {}
