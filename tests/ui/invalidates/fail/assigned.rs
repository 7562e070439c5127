use larder::{cached, invalidates};

#[cached(namespace = "users", ttl = "5m")]
async fn user(id: u64) -> u64 {
    id
}

#[invalidates(user = id)]
async fn rename(id: u64) -> u64 {
    id
}

fn main() {}
