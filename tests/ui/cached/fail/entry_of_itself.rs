use larder::cached;

struct Users;

impl Users {
    #[cached(namespace = "users", ttl = "5m", skip(self), entry = user)]
    pub async fn user(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
