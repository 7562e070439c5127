use larder::cached;

#[cached(namespace = "users", ttl = "5m")]
async fn sum((a, b): (u64, u64)) -> u64 {
    a + b
}

fn main() {}
