use larder::cached;

mod user {}

#[cached(namespace = "users", ttl = "5m")]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
