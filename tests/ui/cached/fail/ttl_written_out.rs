use larder::cached;

#[cached(namespace = "users", ttl = "5 minutes")]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
