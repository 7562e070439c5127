use larder::cached;

#[cached(namespace = "users", ttl = "5m", key = "{a + 1}")]
async fn sum(a: u64) -> u64 {
    a
}

fn main() {}
