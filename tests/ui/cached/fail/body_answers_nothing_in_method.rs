struct Users;

impl Users {
    #[larder::cached(namespace = "n", ttl = "5m", skip(self))]
    async fn f(&self, id: u64) -> u64 {
        println!("{id}");
    }
}

fn main() {}
