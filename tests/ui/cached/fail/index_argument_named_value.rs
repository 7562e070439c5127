use larder::cached;

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct User {
    team: u32,
}

#[cached(namespace = "users", ttl = "5m", index(size = value))]
async fn user(value: u64) -> User {
    let _ = value;
    User { team: 3 }
}

fn main() {}
