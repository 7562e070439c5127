use larder::cached;

const NAME: &str = "users";

#[cached(namespace = NAME, ttl = "5m")]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
