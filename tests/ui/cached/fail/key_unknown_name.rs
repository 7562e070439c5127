use larder::cached;

struct Org {
    id: u64,
}

#[cached(namespace = "users", ttl = "5m", key = "{usr}:{org.id}")]
async fn member(user: u64, org: Org) -> u64 {
    user + org.id
}

fn main() {}
