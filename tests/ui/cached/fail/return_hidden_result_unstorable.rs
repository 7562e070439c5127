use larder::cached;

struct Failed;

type Loaded = Result<u64, Failed>;

#[cached(namespace = "users", ttl = "5m")]
async fn user(id: u64) -> Loaded {
    Ok(id)
}

fn main() {}
