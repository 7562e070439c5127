use larder::{cache_put, cached};

#[cached(namespace = "users", ttl = "5m")]
async fn user(id: u64) -> u64 {
    id
}

#[cache_put(user(id) = )]
async fn rename(id: u64) -> u64 {
    id
}

fn main() {}
