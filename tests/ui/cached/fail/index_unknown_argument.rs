use larder::cached;

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct User {
    team: u32,
}

#[cached(namespace = "users", ttl = "5m", index(org = organisation))]
async fn user(org: u32, id: u64) -> User {
    let _ = (org, id);
    User { team: 3 }
}

fn main() {}
