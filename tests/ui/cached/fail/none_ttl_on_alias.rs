use larder::cached;

type Id = u64;

#[cached(namespace = "users", ttl = "5m", none_ttl = "10s")]
async fn user(id: u64) -> Id {
    id
}

fn main() {}
