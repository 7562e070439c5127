use larder::cached;

struct Users;

#[cached(namespace = "users", ttl = "5m")]
impl Users {
    async fn user(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
