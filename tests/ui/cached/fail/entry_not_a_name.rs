use larder::cached;

struct Users;

impl Users {
    #[cached(namespace = "users", ttl = "5m", entry = "user_entry")]
    async fn user(id: u64) -> u64 {
        id
    }
}

fn main() {}
