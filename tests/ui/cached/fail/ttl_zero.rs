use larder::cached;

#[cached(namespace = "users", ttl = "0s")]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
