use larder::cached;

#[cached(namespace = "users", ttl_from = |value| *value)]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
