use larder::cached;

#[cached(namespace = "users", ttl = "5m")]
async fn user(id: u64) -> impl Sized {
    id
}

fn main() {}
