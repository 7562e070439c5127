use larder::cached;

#[cached(namespace = "users", ttl = "5m", err_ttl = "10s")]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
