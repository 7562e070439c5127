use larder::cached;

#[cached(namespace = "users", ttl = "5m", crate = ::cellar)]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
