use larder::cached;

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct User {
    team: u32,
}

#[cached(namespace = "users", ttl = "5m", skip(trace), index(trace = trace))]
async fn user(id: u64, trace: u64) -> User {
    let _ = (id, trace);
    User { team: 3 }
}

fn main() {}
