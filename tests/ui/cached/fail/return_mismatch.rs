use larder::cached;

#[cached(namespace = "users", ttl = "5m")]
async fn user(id: u64) -> u64 {
    id.to_string()
}

fn main() {}
