use larder::cached;

#[cached(namespace = "users", ttl = "5m")]
async fn one(_: u64) -> u64 {
    1
}

fn main() {}
