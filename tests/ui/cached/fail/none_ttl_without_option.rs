use larder::cached;

#[cached(namespace = "users", ttl = "5m", none_ttl = "10s")]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
