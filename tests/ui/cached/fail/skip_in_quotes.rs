use larder::cached;

#[cached(namespace = "users", ttl = "5m", skip("trace"))]
async fn user(id: u64, trace: u64) -> u64 {
    id + trace
}

fn main() {}
