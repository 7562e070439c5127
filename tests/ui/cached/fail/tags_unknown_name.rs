use larder::cached;

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct User {
    team: u32,
}

#[cached(namespace = "users", ttl = "5m", tags = ["everything", "user:{user}"])]
async fn user(id: u64) -> User {
    let _ = id;
    User { team: 3 }
}

fn main() {}
