use larder::cached;

trait Load {
    async fn user(id: u64) -> u64;
}

struct Users;

impl Load for Users {
    #[cached(namespace = "users", ttl = "5m")]
    async fn user(id: u64) -> u64 {
        id
    }
}

fn main() {}
