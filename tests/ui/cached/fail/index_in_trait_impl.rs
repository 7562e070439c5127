use larder::cached;

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct User {
    team: u32,
}

trait Users {
    fn user(&self, id: u64) -> impl Future<Output = User> + Send;
}

struct Repository;

impl Users for Repository {
    #[cached(namespace = "users", ttl = "5m", skip(self), index(team = value.team))]
    async fn user(&self, id: u64) -> User {
        let _ = id;
        User { team: 3 }
    }
}

fn main() {}
