use larder::cached;

#[derive(Clone)]
struct Repository;

trait Users {
    async fn user(&self, id: u64) -> u64;
}

impl Users for Repository {
    #[cached(namespace = "users", ttl = "5m", stale = "1h", skip(self))]
    async fn user(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
