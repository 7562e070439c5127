use larder::cached;

fn seconds() -> u64 {
    300
}

#[cached(namespace = "users", ttl = seconds())]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
