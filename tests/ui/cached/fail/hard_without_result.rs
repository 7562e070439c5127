use larder::cached;

#[cached(namespace = "users", ttl = "5m", hard = "2s")]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
