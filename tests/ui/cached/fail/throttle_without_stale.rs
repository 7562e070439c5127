use larder::cached;

#[cached(namespace = "users", ttl = "1m", stale = "1h", throttle = "10s")]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
