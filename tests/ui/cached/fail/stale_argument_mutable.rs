use larder::cached;

#[cached(namespace = "users", ttl = "5m", stale = "1h", skip(seen))]
async fn user(seen: &mut u64, id: u64) -> u64 {
    *seen += 1;
    id
}

fn main() {}
