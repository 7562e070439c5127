use larder::cached;

trait Users {
    #[cached(namespace = "users", ttl = "5m", skip(self))]
    async fn user(&self, id: u64) -> u64;
}

fn main() {}
