use larder::cached;

struct Org {
    id: u64,
}

#[cached(namespace = "users", ttl = "5m", key = "{org.ident}")]
async fn members(org: Org) -> u64 {
    org.id
}

fn main() {}
