use larder::cached;

#[cached(namespace = "users", ttl = "30m1h")]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
