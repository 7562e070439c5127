use larder::cached;

struct Users;

impl Users {
    #[cached(namespace = "users", ttl = "5m", skip(self))]
    async fn user(&self, id: u64) -> u64 {
        id.to_string()
    }
}

fn main() {}
