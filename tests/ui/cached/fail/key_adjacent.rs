use larder::cached;

#[cached(namespace = "users", ttl = "5m", key = "{a}{b}")]
async fn sum(a: u64, b: u64) -> u64 {
    a + b
}

fn main() {}
