use larder::cached;

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct User {
    team: u32,
}

#[cached(namespace = "teams", ttl = "5m", index(leader = value.leader))]
async fn team(id: u64) -> Team {
    let _ = id;
    Team {
        leader: User { team: 3 },
    }
}

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Team {
    leader: User,
}

fn main() {}
