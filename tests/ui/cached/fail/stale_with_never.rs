use larder::cached;

#[cached(namespace = "users", ttl = "never", stale = "1h")]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
